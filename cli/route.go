package cli

import (
	"context"
	"slices"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/command"
)

// route sends a node's command where it belongs.
func (s *session) route(ctx context.Context, spec command.Spec, args []string) (result, error) {
	if why := refusal(spec.Name, args); why != "" {
		return nil, usagef("%s", why)
	}
	switch spec.Name {
	case "AUTH":
		return s.auth(ctx, args)
	case "SCAN":
		return s.scan(ctx, args)
	case "DBSIZE":
		return s.size(ctx)
	case "FLUSHALL", "FLUSHDB":
		return s.flush(ctx, args)
	case "RANDOMKEY":
		return s.anyGroup(ctx, args)
	case "WAIT":
		return s.wait(ctx, args)
	case "REPLICA":
		return s.each(ctx, s.primaries(ctx), args)
	case "PROMOTE":
		return s.promote(ctx, args)
	case "TOPOLOGY":
		return s.topology(ctx, args)
	case "ECHO", "COMMAND", "CLUSTER":
		return s.anyNode(ctx, args)
	}
	if keys := keysOf(spec, args); len(keys) > 0 {
		return s.byKey(ctx, spec, args, keys)
	}
	return s.each(ctx, s.c.Nodes(), args)
}

// refusal says why a command is not sent: all requests in flight share connections, whose
// state belongs to the client. AUTH and WAIT are implemented in other ways.
func refusal(name string, args []string) string {
	full, _, bound := command.Bound(args)
	switch {
	case !bound || name == "AUTH" || name == "WAIT":
		return ""
	case name == "REPLICA":
		return full + " is what nodes say to each other"
	case full == "CLIENT REPLY":
		return full + " would leave the connection without answers"
	}
	return full + " changes a connection, or waits on it, and the connections here are looked after by themselves; AUTH signs in"
}

// keysOf returns the positions of the keys among args.
func keysOf(spec command.Spec, args []string) []int { return slices.Collect(spec.Keys(len(args))) }

// byKey sends a command to the group, or the groups, of its keys.
func (s *session) byKey(ctx context.Context, spec command.Spec, args []string, keys []int) (result, error) {
	if spec.Step == 2 && len(args)%2 == 0 {
		return nil, usagef("usage: %s", usage(spec)) // a key without a value
	}
	for _, i := range keys {
		if args[i] == "" {
			return nil, usagef("the key is empty; a key has at least one byte")
		}
	}
	if err := checkSize(spec, args, keys); err != nil {
		return nil, err
	}
	parts := s.split(spec, args, keys)
	if len(parts) > 1 {
		return s.spread(ctx, spec, len(keys), parts)
	}
	v, err := s.do(ctx, spec, args)
	if err != nil {
		if noSuchKey(err) {
			return nil, notFound(args[keys[0]])
		}
		return nil, err
	}
	return &valueResult{v: v, missing: missing(spec, v)}, nil
}

// checkSize finds a key and value larger than nodes accept.
func checkSize(spec command.Spec, args []string, keys []int) error {
	for _, i := range keys {
		n := len(args[i])
		for j := i + 1; j < len(args) && (spec.Step != 2 || j == i+1); j++ {
			if isValue(spec, j) {
				n += len(args[j])
			}
		}
		if n > client.MaxItemBytes {
			return usagef("key and value are %d bytes, the limit is %d", n, client.MaxItemBytes)
		}
	}
	return nil
}

// anyGroup asks one group after another until one gives an answer other than null.
func (s *session) anyGroup(ctx context.Context, args []string) (result, error) {
	var failed error
	for _, g := range s.groups() {
		v, err := s.fromGroup(ctx, g, args)
		if err == nil && !v.IsNull() {
			return &valueResult{v: v}, nil
		}
		if failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return nil, failed
	}
	return &valueResult{v: client.Value{Type: '_'}, missing: true}, nil
}

// anyNode asks one node after another until one answers.
func (s *session) anyNode(ctx context.Context, args []string) (result, error) {
	var failed error
	for _, n := range s.c.Nodes() {
		v, err := s.c.DoNode(ctx, n.ID, args...)
		if err == nil || statusOf(err) != ExitUnreachable {
			return &valueResult{v: v}, err
		}
		failed = err
	}
	return nil, failed
}

// auth signs in: it makes new connections with the password, and keeps the old ones if no
// node accepts it.
func (s *session) auth(ctx context.Context, args []string) (result, error) {
	as := credentials{password: args[len(args)-1]}
	switch len(args) {
	case 2:
	case 3:
		as.user = args[1]
	default:
		return nil, usagef("usage: AUTH [username] password")
	}
	c, err := s.open(s.talk, as)
	if err != nil {
		return nil, err
	}
	before := s.c
	s.c = c
	if _, err := s.anyNode(ctx, []string{"PING"}); err != nil {
		s.c = before
		c.Close() //nolint:errcheck // it returns none
		return nil, err
	}
	before.Close() //nolint:errcheck // it returns none
	s.as = as
	return &valueResult{v: client.Value{Type: '+', Bytes: []byte("OK")}}, nil
}
