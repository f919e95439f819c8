package move

import (
	"bytes"
	"fmt"
	"time"
)

// Connected tells that the connection is open.
func (g *Giver) Connected() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == stateDialing {
		g.state = stateConnected
	}
}

// Broken tells that there is no connection, or not the right one: the driver could not dial, the connection broke, or another node
// leads the taker's group. The driver still carries out Close.
func (g *Giver) Broken(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch g.state {
	case stateCommit: // the driver has not been told
		g.state = stateConfirming
	case stateCommitting:
		g.lost = err
	}
	g.fail(err)
}

// Answered tells whether a new owner could be recorded now. If not, the giver asks again later, and holds no writes until then.
func (g *Giver) Answered(now time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asking = false
	switch {
	case g.state != stateCopying:
	case err == nil:
		g.answeredUntil = now + answerHolds
	default:
		g.handLater(now, err)
	}
}

// Held tells that no write is under way at the node, and none begins until the driver is told to release them.
func (g *Giver) Held() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == stateHolding {
		g.state = stateFinishing
		g.final = g.src.end()
		g.logEnd = g.final
	}
}

// Committed tells how a commit has ended. A driver that does not know must find out before it calls this.
func (g *Giver) Committed(now time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.state != stateCommitting:
	case err == nil:
		g.state = stateDone
	default:
		g.handLater(now, err)
		if g.lost != nil {
			g.fail(g.lost)
		}
	}
}

// Cancel ends the move, unless it is being committed or done: then it returns false.
func (g *Giver) Cancel() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state >= stateCommit && g.state <= stateDone {
		return false
	}
	g.state, g.err = stateCancelled, nil
	return true
}

// Received takes bytes from the taker. It does not keep data.
func (g *Giver) Received(now time.Duration, data []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state < stateBeginning || g.state >= stateCommit || g.err != nil {
		return
	}
	g.in = append(g.in, data...)
	for {
		line, rest, ok := bytes.Cut(g.in, []byte("\r\n"))
		if !ok || g.err != nil {
			break
		}
		g.answer(now, line)
		g.in = rest
	}
	if len(g.in) > 4096 {
		g.fail(fmt.Errorf("%w: %.100q", errAnswer, g.in))
	}
}

// answer takes the answer to the oldest request.
func (g *Giver) answer(now time.Duration, line []byte) {
	switch {
	case len(g.sent) == 0 || len(line) == 0 || line[0] != '+' && line[0] != '-':
		g.fail(fmt.Errorf("%w: %.100q", errAnswer, line))
		return
	case line[0] == '-':
		g.fail(fmt.Errorf("the taker: %s", line[1:]))
		return
	}
	r := g.sent[0]
	g.sent = append(g.sent[:0], g.sent[1:]...)
	switch {
	case r.kind == requestBegin && g.state == stateBeginning:
		g.state = stateCopying
		g.pos = g.src.end()
	case r.kind == requestRecords:
		g.trip = now - r.at
		g.pace.answered(now, g.trip)
	case r.kind == requestConfirm && g.state == stateConfirming && r.confirm == g.confirm:
		g.state = stateCommit
	}
}
