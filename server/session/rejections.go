package session

// rejection is the reason why a command was not executed.
type rejection uint8

const (
	wrongArguments rejection = iota
	noRoom
	notSignedIn
	switchedOff
	noRight
	isLoading
	isReadOnly
	notInTransaction
	isElsewhere
	rejections
)

// rejectionTexts are the keys of CommandStats.RejectedFor.
var rejectionTexts = [rejections]string{
	wrongArguments:   "wrong arguments",
	noRoom:           "too many connections",
	notSignedIn:      "not signed in",
	switchedOff:      "switched off",
	noRight:          "no permission",
	isLoading:        "loading",
	isReadOnly:       "read only",
	notInTransaction: "not in a transaction",
	isElsewhere:      "redirected",
}

// rejectionFor returns the reason to reject a request whose preconditions no are unmet, in the order of Call.allowed.
func rejectionFor(no uint32) rejection {
	switch {
	case no&NeedsRoom != 0:
		return noRoom
	case no&NeedsUser != 0:
		return notSignedIn
	case no&NeverMet != 0:
		return switchedOff
	case no&(MayRead|MayWrite|MayAdmin|AllKeys) != 0:
		return noRight
	case no&NeedsSlot != 0:
		return isElsewhere
	case no&NeedsData != 0:
		return isLoading
	case no&NeedsWrite != 0:
		return isReadOnly
	}
	return noRight // to the request's keys
}

// rejected counts a request of the handler with this id that was not executed.
func (t *loopStats) rejected(id int, why rejection) {
	add(&t.reject[id], 1)
	add(&t.rejectedFor[id*int(rejections)+int(why)], 1)
}

// reasons counts the rejected requests of the handler with this id by reason; nil if there are none.
func (t *totals) reasons(id int) (all map[string]int64) {
	for why, text := range rejectionTexts {
		if n := t.rejectedFor[id*int(rejections)+why]; n > 0 {
			if all == nil {
				all = map[string]int64{}
			}
			all[text] = n
		}
	}
	return all
}
