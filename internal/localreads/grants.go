package localreads

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"sync"
	"time"
)

const (
	tokenBytes  = 32 // as hexadecimal digits
	tokenLife   = 5 * time.Second
	mostWaiting = 64 // tokens that nobody has used yet
)

// Anyone stands for a client whose user is not known, because it came over TCP.
const Anyone = -1

// ErrBusy is returned by Grant while many clients have tokens that they do not use.
var ErrBusy = errors.New("too many tokens")

// grants are the tokens that are valid. The zero value has none.
type grants struct {
	mu     sync.Mutex
	waited []grant // the oldest first
}

type grant struct {
	token string
	user  int // who must use it; Anyone: whoever has it
	until time.Time
}

// add returns a new token for a client.
func (g *grants) add(user int, now time.Time) (string, error) {
	var b [tokenBytes / 2]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	token := hex.EncodeToString(b[:])
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expire(now)
	if len(g.waited) >= mostWaiting {
		return "", ErrBusy
	}
	g.waited = append(g.waited, grant{token, user, now.Add(tokenLife)})
	return token, nil
}

// take reports whether the token is valid for this user, and ends its validity. A wrong user ends it too.
func (g *grants) take(token string, user int, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expire(now)
	for i, w := range g.waited {
		if w.token == token {
			g.waited = append(g.waited[:i], g.waited[i+1:]...)
			return w.user == Anyone || w.user == user
		}
	}
	return false
}

// expire drops the tokens whose time is over. REQUIRES: mu.
func (g *grants) expire(now time.Time) {
	n := 0
	for n < len(g.waited) && !now.Before(g.waited[n].until) {
		n++
	}
	g.waited = append(g.waited[:0], g.waited[n:]...)
}
