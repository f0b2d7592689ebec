/*
 * Transfers between accounts that have a lock each: no deadlock, no global lock, no half-done sight.
 *
 * Every function may be called from any thread, with whatever accounts; it returns with no lock held that
 * it has taken. No callback is made but those of struct lock_calls. Times are nanoseconds.
 */
#ifndef ORDERED_LOCK_TRANSFER_H
#define ORDERED_LOCK_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct account account;

/*
 * How to take and release a lock that the caller brings; both get the `lock` given to account_new. A call that
 * needs several locks takes them by id, the smallest first, and so must whoever takes several besides.
 */
struct lock_calls {
	/* Blocks for at most `timeout`: 0 is one try, negative is without limit. false if it was not to be had. */
	bool (*acquire)(void *lock, int64_t timeout);
	void (*release)(void *lock);
};

struct transfer {
	account *source;
	account *target;
	int64_t amount;
};

/* With any other outcome than TRANSFER_DONE all balances are as before. */
enum outcome {
	TRANSFER_DONE,
	TRANSFER_BAD_AMOUNT,   /* below 1; found before any lock is taken */
	TRANSFER_INSUFFICIENT, /* a source holds less than the amount */
	TRANSFER_TOO_MUCH,     /* a target, or a total, would pass account_most() */
	TRANSFER_GAVE_UP,      /* an `acquire` returned false: at the deadline, or for reasons of its own */
	TRANSFER_NO_MEMORY
};

/*
 * An account whose id no other one has; the caller deletes it when no call with it is under way.
 * `calls` is copied, and `lock` stays the caller's, to be kept as long as the account; both NULL gives the
 * account a lock of its own. NULL if there is no memory, or balance is not in 0 to account_most().
 */
account *account_new(int64_t id, int64_t balance, const struct lock_calls *calls, void *lock);

/* NULL is allowed. */
void account_delete(account *a);

int64_t account_id(const account *a);

/* The largest balance and total: less than INT64_MAX, which as an amount is thus never covered. */
int64_t account_most(void);

/* Settled while the caller holds the account's lock; without, a balance that it had a moment ago. */
int64_t account_balance(const account *a);

/* The account's lock, for whoever wants to look at several balances at once; see struct lock_calls. */
bool account_lock(account *a, int64_t timeout);
void account_unlock(account *a);

/* Moves `amount`. To the same account: judges the funds and changes nothing. */
enum outcome account_transfer(account *source, account *target, int64_t amount);

/* As account_transfer, but gives up after waiting for locks for `timeout` in all; 0 or more. */
enum outcome account_try_transfer(account *source, account *target, int64_t amount, int64_t timeout);

/* All of the transfers, judged in their order, as one step; or none of them. */
enum outcome account_transfer_all(const struct transfer *transfers, size_t count);

/* The sum of the balances at one moment; an account that is named twice counts once. */
enum outcome account_total(account *const *accounts, size_t count, int64_t *sum);

#endif
