package cli

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/millis"
)

// groupNodes are the members of one group, its primary first.
type groupNodes struct {
	id      string
	members []client.NodeStatus
}

// groups lists the groups in the config's order.
func (s *session) groups() []groupNodes {
	var all []groupNodes
	at := map[string]int{}
	for _, n := range s.c.Nodes() {
		i, ok := at[n.Group]
		if !ok {
			i = len(all)
			at[n.Group] = i
			all = append(all, groupNodes{id: n.Group})
		}
		g := &all[i]
		if n.Primary {
			g.members = append([]client.NodeStatus{n}, g.members...)
		} else {
			g.members = append(g.members, n)
		}
	}
	return all
}

// fromGroup sends a read-only command to the group's primary, or to its other members
// if the primary does not answer.
func (s *session) fromGroup(ctx context.Context, g groupNodes, args []string) (client.Value, error) {
	var failed error
	for _, n := range g.members {
		v, err := s.c.DoNode(ctx, n.ID, args...)
		if err == nil || statusOf(err) != ExitUnreachable {
			return v, err
		}
		if failed == nil {
			failed = err
		}
	}
	return client.Value{}, failed
}

// size returns the number of keys of all groups.
func (s *session) size(ctx context.Context) (result, error) {
	s.meet(ctx)
	groups := s.groups()
	parts := make([]*part, len(groups))
	var wg sync.WaitGroup
	for i, g := range groups {
		parts[i] = &part{}
		wg.Go(func() { parts[i].v, parts[i].err = s.fromGroup(ctx, g, []string{"DBSIZE"}) })
	}
	wg.Wait()
	if slices.ContainsFunc(parts, func(p *part) bool { return p.err != nil }) {
		s.excuse(ctx, groups, parts)
	}
	v, err := merge(parts, 0)
	if err != nil || v.Type == 0 {
		return nil, err // a part of the sum would be taken for the whole
	}
	return &valueResult{v: v}, nil
}

// excuse makes parts that failed 0 where their group owns no slots: its nodes are stopped when it is removed, and the
// cluster remembers it for a while.
func (s *session) excuse(ctx context.Context, groups []groupNodes, parts []*part) {
	t, err := mergeTopologies(s.askNodes(ctx, "TOPOLOGY"))
	if err != nil || t.Slots == nil {
		return
	}
	owners := t.Slots.ByName()
	for i, p := range parts {
		if p.err != nil && !slices.Contains(owners, groups[i].id) {
			p.v, p.err = client.Value{Type: ':'}, nil
		}
	}
}

// flush removes everything from every group.
func (s *session) flush(ctx context.Context, args []string) (result, error) {
	if len(args) > 2 || len(args) == 2 && !strings.EqualFold(args[1], "ASYNC") && !strings.EqualFold(args[1], "SYNC") {
		return nil, usagef("usage: FLUSHALL [ASYNC | SYNC]")
	}
	if err := s.c.FlushAll(ctx); err != nil {
		return nil, err
	}
	return &valueResult{v: client.Value{Type: '+', Bytes: []byte("OK")}}, nil
}

// nodeAnswer is the answer of one node.
type nodeAnswer struct {
	node client.NodeStatus
	v    client.Value
	err  error
}

// askNodes sends args to every node at the same time.
func (s *session) askNodes(ctx context.Context, args ...string) []nodeAnswer {
	s.meet(ctx)
	return s.ask(ctx, s.c.Nodes(), args)
}

// primaries returns the nodes that take writes. It asks all nodes first: the client learns of a primary changed at
// run time only from a node's answer.
func (s *session) primaries(ctx context.Context) []client.NodeStatus {
	ctx, cancel := s.within(ctx)
	defer cancel()
	s.askNodes(ctx, "PING")
	return slices.DeleteFunc(s.c.Nodes(), func(n client.NodeStatus) bool { return !n.Primary })
}

func (s *session) ask(ctx context.Context, nodes []client.NodeStatus, args []string) []nodeAnswer {
	answers := make([]nodeAnswer, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		answers[i].node = n
		wg.Go(func() { answers[i].v, answers[i].err = s.c.DoNode(ctx, n.ID, args...) })
	}
	wg.Wait()
	return answers
}

// wait has every group's primary wait for its secondaries, and returns the smallest
// number of secondaries in step.
func (s *session) wait(ctx context.Context, args []string) (result, error) {
	secondaries, err := strconv.Atoi(args[1])
	ms, errTime := strconv.ParseInt(args[2], 10, 64)
	if err = errors.Join(err, errTime); err != nil || ms < 0 {
		return nil, usagef("usage: WAIT numreplicas timeout, the timeout in milliseconds, 0 for none")
	}
	timeout := millis.Duration(ms)
	if ms == 0 {
		timeout = millis.Longest
	}
	primaries := s.primaries(ctx)
	counts, errs := make([]int, len(primaries)), make([]error, len(primaries))
	var wg sync.WaitGroup
	for i, n := range primaries {
		wg.Go(func() { counts[i], errs[i] = s.c.Wait(ctx, n.ID, secondaries, timeout) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &valueResult{v: client.Value{Type: ':', Int: int64(slices.Min(counts))}}, nil
}

// each sends a command to each node and shows the answers.
func (s *session) each(ctx context.Context, nodes []client.NodeStatus, args []string) (result, error) {
	answers := s.ask(ctx, nodes, args)
	if len(answers) == 1 {
		if answers[0].err != nil {
			return nil, answers[0].err
		}
		return &valueResult{v: answers[0].v, ofNode: true}, nil
	}
	var errs []error
	for _, a := range answers {
		if a.err != nil {
			errs = append(errs, a.err)
		}
	}
	if len(errs) == len(answers) {
		return nil, errors.Join(errs...)
	}
	return &nodesResult{answers}, errors.Join(errs...)
}
