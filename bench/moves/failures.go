//go:build linux

package moves

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/client"
)

// failures counts failed requests by the client's name and the cause.
type failures map[failure]int

type failure struct{ client, cause string }

// add adds o, and returns the sum.
func (f failures) add(o failures) failures {
	if f == nil {
		f = failures{}
	}
	for k, n := range o {
		f[k] += n
	}
	return f
}

// String renders the counts, as in "go-redis: 3 TRYAGAIN, 1 connection; ours: 2 timeout".
func (f failures) String() string {
	clients := map[string][]string{}
	order := func(a, b failure) int { return strings.Compare(a.client+a.cause, b.client+b.cause) }
	for _, k := range slices.SortedFunc(maps.Keys(f), order) {
		clients[k.client] = append(clients[k.client], fmt.Sprintf("%d %s", f[k], k.cause))
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(clients)) {
		all = append(all, name+": "+strings.Join(clients[name], ", "))
	}
	return strings.Join(all, "; ")
}

// causeOf returns the first word of a node's error reply, or "timeout" or "connection" if there was no reply.
func causeOf(err error) string {
	var refused *client.ServerError
	var network net.Error
	switch word, _, _ := strings.Cut(err.Error(), " "); {
	case errors.As(err, &refused):
		return refused.Code()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, client.ErrTimeout), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case word != "EOF" && word == strings.ToUpper(word): // other clients begin with it
		return word
	}
	return "connection"
}
