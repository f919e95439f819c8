package move

import (
	"testing"
	"time"
)

// copied returns a giver whose taker has everything, at the time of Hold.
func copied(t *testing.T) (g *Giver, now time.Duration) {
	n := newNode(t, 1, func() int64 { return 1000 })
	t.Cleanup(n.close)
	n.set([]byte("key"), []byte("value"), 0)
	o := GiverOptions{ID: "1", Group: "A", Epoch: 1, Cache: n.cache, Log: n.log}
	o.Slots.Add(0, 16383)
	g = NewGiver(o)
	for now = 0; now < time.Second; now += 100 * time.Microsecond {
		switch a := g.Next(now); a.Do {
		case Dial:
			g.Connected()
		case Send:
			g.Received(now, []byte("+OK\r\n"))
		case Ask:
			g.Answered(now, nil)
		case Hold:
			return g, now
		case Wait:
		default:
			t.Fatalf("action %d", a.Do)
		}
	}
	t.Fatalf("nothing is handed over: %+v", g.Progress())
	return nil, 0
}

// TestHoldIsBounded wants writes to be released in time if they do not come to a halt, and if the taker does not confirm.
func TestHoldIsBounded(t *testing.T) {
	for _, held := range []bool{false, true} {
		g, now := copied(t)
		if held {
			g.Held()
			if a := g.Next(now); a.Do != Send {
				t.Fatalf("action %d instead of CONFIRM", a.Do)
			}
		}
		limit := now + 80*time.Millisecond
		if a := g.Next(limit - 1); a.Do != Wait || a.Until != limit {
			t.Fatalf("held %t: %+v before the limit", held, a)
		}
		if a := g.Next(limit); a.Do != Release {
			t.Fatalf("held %t: %+v at the limit", held, a)
		}
		g.Received(limit, []byte("+OK\r\n"))
		if a := g.Next(limit); held && a.Do != Wait {
			t.Fatalf("%+v after a late confirmation", a)
		}
	}
}

// TestCommitFails wants writes to be released and the move to go on after a commit that has failed, with a new attempt if the
// connection has broken meanwhile.
func TestCommitFails(t *testing.T) {
	for _, breaks := range []bool{false, true} {
		g, now := copied(t)
		g.Held()
		g.Next(now)
		g.Received(now, []byte("+OK\r\n"))
		if a := g.Next(now); a.Do != Commit {
			t.Fatalf("action %d instead of Commit", a.Do)
		}
		if g.Cancel() {
			t.Fatal("cancelled during the commit")
		}
		if breaks {
			g.Broken(errBroken)
		}
		if a := g.Next(now + time.Hour); a.Do != Wait {
			t.Fatalf("action %d during the commit", a.Do)
		}
		g.Committed(now, errBroken)
		want := []Do{Release, Wait}
		if breaks {
			want = []Do{Release, Close}
		}
		for _, do := range want {
			if a := g.Next(now); a.Do != do {
				t.Fatalf("breaks %t: action %d, want %d", breaks, a.Do, do)
			}
		}
	}
}

// TestSilentTaker wants a taker that does not answer to be given up.
func TestSilentTaker(t *testing.T) {
	n := newNode(t, 1, func() int64 { return 1000 })
	t.Cleanup(n.close)
	g := NewGiver(GiverOptions{Cache: n.cache, Log: n.log})
	g.Next(0)
	g.Connected()
	g.Next(0)
	if a := g.Next(0); a.Do != Wait || a.Until != beginTimeout {
		t.Fatalf("%+v", a)
	}
	if a := g.Next(beginTimeout); a.Do != Close {
		t.Fatalf("%+v", a)
	}
	if !g.Cancel() || g.Next(beginTimeout).Do != Stopped {
		t.Error("not cancelled")
	}
}
