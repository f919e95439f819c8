package move

import (
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// Do is what a driver has to do next.
type Do uint8

// What a driver does.
const (
	Wait    Do = iota // until Action.Until, or until something happens
	Dial              // the taker, then call Connected or Broken
	Send              // Action.Data, which is valid until the next call of Next
	Close             // the connection
	Ask               // whether a new owner could be recorded now, then call Answered; other actions follow meanwhile
	Hold              // all writes of the node, then call Held
	Release           // the writes: they go on at this node. What is left of bringing them to a halt must not call Held any more
	Commit            // record the new owner, then call Committed; writes stay held meanwhile
	Done              // the move is committed: set the new owner, then let the held writes go on; close the connection
	Stopped           // it is cancelled: close the connection
)

// Action is the result of Giver.Next.
type Action struct {
	Do    Do
	Until time.Duration
	Data  []byte
}

// Next returns what to do at the time now.
func (g *Giver) Next(now time.Duration) Action {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.check(now)
	return g.next(now)
}

func (g *Giver) next(now time.Duration) Action {
	if g.holding && (g.state < stateHolding || g.state == stateCancelled) {
		g.holding = false
		return Action{Do: Release}
	}
	if g.err != nil {
		g.drop(now)
		return Action{Do: Close}
	}
	switch g.state {
	case stateDown:
		if now < g.retry {
			return Action{Until: g.retry}
		}
		g.state = stateDialing
		return Action{Do: Dial}
	case stateConnected:
		return g.begin(now)
	case stateCopying, stateHolding, stateFinishing:
		return g.copy(now)
	case stateCommit:
		g.state = stateCommitting
		return Action{Do: Commit}
	case stateDone:
		return Action{Do: Done}
	case stateCancelled:
		return Action{Do: Stopped}
	}
	return Action{Until: g.due()}
}

// due is when check may have something to find.
func (g *Giver) due() time.Duration {
	until := never
	if len(g.sent) > 0 && g.state < stateCommit {
		until = g.sent[0].deadline()
	}
	if g.handingOver() {
		until = min(until, g.holdUntil)
	}
	return until
}

func (g *Giver) handingOver() bool { return g.state >= stateHolding && g.state <= stateConfirming }

func (r request) deadline() time.Duration {
	if r.kind == requestBegin {
		return r.at + beginTimeout
	}
	return r.at + answerTimeout
}

// check ends an attempt whose taker is silent, and a try to hand over that takes too long.
func (g *Giver) check(now time.Duration) {
	if g.state < stateCommit && len(g.sent) > 0 && now >= g.sent[0].deadline() {
		g.fail(errSilent)
	}
	if g.handingOver() && now >= g.holdUntil {
		g.handLater(now, errLate)
	}
}

// handLater goes on with copying after a try to hand over.
func (g *Giver) handLater(now time.Duration, why error) {
	g.state, g.lastError = stateCopying, why.Error()
	g.tries++
	g.holdAt = now + backoff(g.tries)
}

// backoff is how long to wait after so many failures.
func backoff(fails int) time.Duration { return min(retryLeast<<min(fails, 10), retryMost) }

// fail ends the attempt. REQUIRES: the driver is not committing.
func (g *Giver) fail(err error) {
	if g.err != nil || g.state == stateDown || g.state >= stateCommit {
		return
	}
	g.err, g.lastError = err, err.Error()
	g.state = min(g.state, stateCopying)
}

// drop forgets the connection.
func (g *Giver) drop(now time.Duration) {
	g.err, g.state, g.in, g.sent = nil, stateDown, nil, nil
	g.retry = now + backoff(g.fails)
	g.fails++
}

// begin begins an attempt on the open connection.
func (g *Giver) begin(now time.Duration) Action {
	g.state, g.copying, g.handing = stateBeginning, copying{}, handing{confirm: g.confirm}
	g.attempts++
	number := uint64(g.attempts)
	if g.opts.Attempt != nil {
		number = g.opts.Attempt()
	}
	return g.send(now, requestBegin, "BEGIN", g.opts.Group, strconv.FormatUint(g.opts.Epoch, 10), g.opts.Slots.String(), strconv.FormatUint(number, 10))
}

func (g *Giver) send(now time.Duration, kind requestKind, word string, args ...string) Action {
	g.out = wire.Request(g.out[:0], append([]string{"REPLICA", "IMPORT", word, g.opts.ID}, args...)...)
	g.sent = append(g.sent, request{kind, g.confirm, len(g.out), now})
	return Action{Do: Send, Data: g.out}
}
