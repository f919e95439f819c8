package move

import (
	"bufio"
	"bytes"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/ring"
)

// drive carries out what the giver wants.
func (w *world) drive() {
	if w.holding && !w.held && w.now >= w.haltedAt {
		w.held = true
		w.giver.Held()
	}
	if w.asked && w.rand.IntN(10) == 0 {
		w.asked = false
		if w.answers = w.rand.IntN(3) > 0; w.answers {
			w.giver.Answered(w.now, nil)
		} else {
			w.giver.Answered(w.now, errBroken)
		}
	}
	a := w.giver.Next(w.now)
	switch a.Do {
	case Wait:
		if w.wait = a.Until; a.Until == never {
			w.wait = w.now + time.Millisecond
		}
	case Dial:
		w.conn = &connection{taker: w.taker, slow: 1 + w.rand.IntN(30)}
		w.giver.Connected()
	case Send:
		if w.conn == nil {
			w.t.Fatal("send without a connection")
		}
		w.conn.requests = append(w.conn.requests, bytes.Clone(a.Data))
	case Close:
		w.hangUp()
	case Ask:
		w.asked = true
	case Hold:
		if !w.answers {
			w.t.Fatal("writes are held without an answer")
		}
		w.holding, w.answers = true, false
		if w.haltedAt = w.now + time.Duration(w.rand.IntN(1000))*time.Microsecond; w.rand.IntN(4) == 0 {
			w.haltedAt += time.Second // a write takes too long
		}
	case Release:
		w.holding, w.held = false, false
	case Commit:
		if !w.held {
			w.t.Fatal("commit without held writes")
		}
		if w.rand.IntN(4) == 0 {
			w.giver.Committed(w.now, errBroken)
			return
		}
		w.giver.Committed(w.now, nil)
	case Done:
		w.committed = true
	}
}

// deliver makes the taker do a step for a connection, and returns an answer to its giver.
func (w *world) deliver(c *connection) (answer string) {
	var err error
	if c.purging {
		if c.purging, err = c.im.Step(1 + w.rand.IntN(100)); err == nil && !c.purging {
			return "+OK\r\n"
		}
	} else if len(c.requests) > 0 {
		var r wire.Reply
		if r, err = wire.ReadReply(bufio.NewReader(bytes.NewReader(c.requests[0]))); err == nil {
			answer, err = w.execute(c, r.Texts())
		}
		c.requests = c.requests[1:]
	}
	if err != nil {
		c.purging = false
		return fmt.Sprintf("-ERR %v\r\n", err)
	}
	return answer
}

func (w *world) execute(c *connection, args []string) (answer string, err error) {
	switch args[2] {
	case "BEGIN":
		var epoch, number uint64
		slots, err := ring.ParseSlotSet(args[6])
		if _, err2 := fmt.Sscan(args[5]+" "+args[7], &epoch, &number); err != nil || err2 != nil || slots != w.slots {
			w.t.Fatalf("BEGIN %q", args)
		}
		if c.im, err = c.taker.Begin(args[4], epoch, number, &slots); err == nil {
			c.purging = true
			w.mutant.begun(c.im)
		}
		return "", err
	case "RECORDS":
		w.mutant.received(c.im)
		return "+OK\r\n", c.im.Records([]byte(args[4]))
	}
	_, err = c.im.Confirm()
	return "+OK\r\n", err
}
