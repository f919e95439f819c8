package client

import (
	"context"

	"github.com/cachegopher/cachegopher/internal/command"
)

// search is the state of a write that looks for the group's primary.
type search uint8

const (
	noSearch    search = iota
	primaryAway        // it cannot be reached: ask members that call themselves primary
	primaryGone        // it answered READONLY: ask all others
)

// writeAgain is again for a write: first on the same primary, then on members that may have taken its place.
func (a *attempts) writeAgain(ctx context.Context, rq *request, failure *Error) bool {
	notSent := failure == nil || failure.kind&kNotSent != 0
	search := a.search
	switch {
	case !notSent && (!rq.retry || search != noSearch):
		return false
	case search != noSearch: // this member is not the primary either: look further
	case failure == nil:
		search = primaryGone
	case failure.kind&kBusy != 0 || overdue(ctx, failure) || len(a.g.members) == 1 && a.node.isDown():
		return false
	case a.turns < a.limit:
		return true
	case !notSent:
		return false
	default:
		search = primaryAway
	}
	i := a.candidate(search)
	if i < 0 {
		return false
	}
	a.search, a.then = search, i
	return true
}

// overdue reports whether a write without a deadline has waited for the whole read
// timeout.
func overdue(ctx context.Context, failure *Error) bool {
	_, has := ctx.Deadline()
	return !has && failure.kind&kTimeout != 0
}

// candidate returns the index of a member that may take writes, or -1 when there is none.
// It prefers members that call themselves primary.
func (a *attempts) candidate(search search) int {
	for _, claims := range [...]bool{true, false} {
		if !claims && search == primaryAway {
			break // nobody has taken its place
		}
		for i, n := range a.g.members {
			if a.tried>>i&1 == 0 && n.claimsPrimary() == claims && n.usable() {
				return i
			}
		}
	}
	return -1
}

// counts reports whether the attempt's result may be the result of rq. If a member
// that was asked in place of the primary did not take the write either, its result is
// dropped: the caller gets the primary's answer or failure. A member that took the write
// becomes the group's primary.
func (a *attempts) counts(ctx context.Context, rq *request, answer error, failure *Error) bool {
	if a.to != writes {
		return true
	}
	took := failure == nil && !refusal(answer)
	switch {
	case took && !rq.onlyPrimaryTakes(): // it says nothing of the member's role
		return true
	case took && (a.at != a.first || a.unlikely):
		a.client.confirm(ctx, a.g.members[a.at], a.g.members[a.first])
		a.first, a.search, a.turns, a.unlikely = a.at, noSearch, 1, false
		return true
	case a.at == a.first || failure != nil && failure.kind&kNotSent == 0:
		return true
	}
	a.node = a.g.members[a.first]
	return false
}

// onlyPrimaryTakes reports whether the request is certainly one that secondaries refuse.
func (r *request) onlyPrimaryTakes() bool {
	if r.op != OpDo {
		return r.op.write()
	}
	spec, known := command.Find(r.args[0])
	return known && spec.Writes()
}
