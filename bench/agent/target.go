package agent

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// CheckTarget refuses a target that is not reached over the network: what an agent would start, or find on its own machine.
func CheckTarget(u string) error {
	scheme, rest, ok := strings.Cut(u, "://")
	plain := !strings.ContainsFunc(scheme, func(c rune) bool { return c != '-' && (c < 'a' || c > 'z') })
	if !ok || !plain || scheme == "local" {
		return fmt.Errorf("target %s: agents load servers that run already, by their address, for example redis://host:6379", sut.Redact(u))
	}
	_, options, _ := strings.Cut(rest, "?")
	if q, err := url.ParseQuery(options); err != nil || q.Has("pid") {
		return fmt.Errorf("target %s: agents cannot see the server's process, so no ?pid=", sut.Redact(u))
	}
	return nil
}
