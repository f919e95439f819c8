package session

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

//lint:ignore ST1005 clients know Redis's text
var errSaving = errors.New("Background save already in progress")

// fakeSaver is a Saver whose snapshots end when the test says so.
type fakeSaver struct {
	saves Saves
	done  func(error)
}

func (s *fakeSaver) Saves() Saves { return s.saves }

func (s *fakeSaver) Save(done func(error)) error {
	if s.done != nil {
		return errSaving
	}
	s.done = done
	return nil
}

// TestSave compares the replies with what a redis-server 7.0.15 has answered.
func TestSave(t *testing.T) {
	saver := &fakeSaver{}
	f := newFixture(t, lru.Options{})
	f.s = f.n.NewSession(ConnInfo{Wake: func() {}})
	if got := f.do(resp("BGSAVE")); !strings.HasPrefix(got, "-ERR this node has no file for snapshots") {
		t.Errorf("%q", got)
	}
	f.n.Saver = saver
	for _, c := range []struct{ request, reply string }{
		{"BGSAVE foo", "-ERR syntax error\r\n"},
		{"SAVE x", "-ERR wrong number of arguments for 'save' command\r\n"},
		{"LASTSAVE", ":" + strconv.FormatInt(f.n.LastSave().Unix(), 10) + "\r\n"},
		{"BGSAVE", "+Background saving started\r\n"},
		{"BGSAVE SCHEDULE", "-ERR Background save already in progress\r\n"},
		{"SAVE", "-ERR Background save already in progress\r\n"},
	} {
		if got := f.do(resp(strings.Fields(c.request)...)) + f.do(""); got != c.reply {
			t.Errorf("%s: %q, want %q", c.request, got, c.reply)
		}
	}
	saver.done(nil)
	saver.done, saver.saves = nil, Saves{Last: time.Unix(1_700_000_000, 0), Failed: true, Written: 3}
	if got := f.do(resp("LASTSAVE")); got != ":1700000000\r\n" {
		t.Errorf("%q", got)
	}
	got := f.do(resp("INFO", "persistence"))
	for _, line := range []string{"rdb_bgsave_in_progress:0", "rdb_last_save_time:1700000000", "rdb_last_bgsave_status:err", "rdb_saves:3"} {
		if !strings.Contains(got, line+"\r\n") {
			t.Errorf("INFO has no %s", line)
		}
	}
}
