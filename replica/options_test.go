package replica

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// TestNewMemberRequires leaves out each required option in turn, and wants a panic that names it.
func TestNewMemberRequires(t *testing.T) {
	c, err := lru.New(lru.Options{MaxEntries: 100, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	log, err := NewLog(MinLog, 1)
	if err != nil {
		t.Fatal(err)
	}
	complete := func() MemberOptions {
		return MemberOptions{ID: "a", Store: NewCacheStore(c), Log: log, Wall: func() int64 { return 1 },
			Rand: rand.New(rand.NewPCG(1, 1)), Now: func() time.Duration { return 0 }}
	}
	NewMember(complete())
	for name, leave := range map[string]func(*MemberOptions){
		"Store": func(o *MemberOptions) { o.Store = nil },
		"Log":   func(o *MemberOptions) { o.Log = nil },
		"Wall":  func(o *MemberOptions) { o.Wall = nil },
		"Rand":  func(o *MemberOptions) { o.Rand = nil },
		"Now":   func(o *MemberOptions) { o.Now = nil },
	} {
		o := complete()
		leave(&o)
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, "MemberOptions."+name+" is required") {
					t.Errorf("without %s: panic %q", name, said)
				}
			}()
			NewMember(o)
		}()
	}
}
