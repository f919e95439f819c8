package node

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/prefix"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/auth"
)

// Reload reads the config and the files that it names again, and applies every change, or none and returns an error.
// A key whose value in the config is unchanged keeps what CONFIG SET gave it. Changes that take a restart are logged.
// It must not be called concurrently.
func (n *Node) Reload() error {
	if n.now.File == nil || n.opts.Reread == nil {
		n.log.Info("reloaded: the node has no config")
		return nil
	}
	next, err := n.opts.Reread()
	if err == nil {
		err = checkCommands(next.File)
	}
	if err != nil {
		return fmt.Errorf("keep the old config: %w", err)
	}
	p := plan{Node: n, next: next, nodeAs: n.sec.nodeAs.Load()}
	for _, k := range config.Changes(n.now.File, next.File, &n.now.Node, &next.Node) {
		if k.Uptake == config.OnReload && !p.needsRestart(k.Name) {
			p.keys = append(p.keys, k.Name)
		}
	}
	if err := p.prepare(); err != nil {
		return err
	}
	p.apply()
	n.logRestart(next)
	n.now = next
	return nil
}

// plan is a reload under way.
type plan struct {
	*Node
	next   *Setup
	keys   []string     // changed keys to apply
	others bool         // other servers of the config have changed
	nodeAs *credentials // the new ones
}

func (p *plan) has(key string) bool { return slices.Contains(p.keys, key) }

// needsRestart reports whether this node cannot apply a change that running nodes apply in general.
func (p *plan) needsRestart(key string) bool {
	switch key {
	case "security.users": // having none or some decides where a node may listen
		return p.sec.users == nil || len(p.next.File.Security.Users) == 0
	case "server.role", "server.primary", "server.group", "server.secondaries": // a primary without secondaries keeps no log of its writes
		return p.repl == nil
	}
	return false
}

// prepare does everything that can fail. After an error nothing has changed except certificates, which are read on their
// own whenever their files change.
func (p *plan) prepare() (err error) {
	if err := auth.Check(accountsOf(p.next.File.Security.Users)); err != nil {
		return fmt.Errorf("keep the old users: %w", err)
	}
	if p.nodeAs, err = readCredentials(p.next.File); err != nil {
		return fmt.Errorf("keep the old password of node_user: %w", err)
	}
	if p.sec.certs != nil {
		if err := p.sec.certs.Reload(); err != nil {
			return fmt.Errorf("keep the old certificates: %w", err)
		}
	}
	before, policy, prefixes := p.store.Stats(), p.store.Shards().Policy(), p.prefixes()
	steps := []func() error{p.limit, p.evict, p.regroup}
	if policy == lru.NONE { // it would refuse limits for which the next policy evicts
		steps[0], steps[1] = p.evict, p.limit
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return errors.Join(err, p.store.SetPolicy(policy), p.resize(before.MaxEntries, before.MaxMemory, prefixes))
		}
	}
	return nil
}

// limit sets the store's limits and prefixes to those of the config.
func (p *plan) limit() error {
	sizes, apart := p.has("server.max_memory") || p.has("server.max_size"), p.has("server.prefixes")
	if !sizes && !apart {
		return nil
	}
	st := p.store.Stats()
	maxEntries, maxMemory, prefixes := st.MaxEntries, st.MaxMemory, p.prefixes()
	if sizes {
		maxEntries, maxMemory = limitsOf(&p.next.Node)
	}
	if apart {
		prefixes = p.next.Node.StorePrefixes()
	}
	if err := p.resize(maxEntries, maxMemory, prefixes); err != nil {
		return fmt.Errorf("keep the old max_memory, max_size and prefixes: %w", err)
	}
	return nil
}

// resize sets the limits and the prefixes, whose floors have to fit in the limits all the while.
func (p *plan) resize(maxEntries, maxMemory int64, prefixes []lru.Prefix) error {
	set := []func() error{
		func() error { return p.store.SetPrefixes(prefixes) },
		func() error { return p.store.SetLimits(maxEntries, maxMemory) },
	}
	if prefix.Check(prefixes, p.store.Stats().MaxMemory) != nil { // too much for the present limits
		slices.Reverse(set)
	}
	for _, set := range set {
		if err := set(); err != nil {
			return err
		}
	}
	return nil
}

// prefixes are those of the store.
func (p *plan) prefixes() (all []lru.Prefix) {
	for _, of := range p.store.Prefixes() {
		all = append(all, of.Prefix)
	}
	return all
}

// evict sets the store's policy to that of the config.
func (p *plan) evict() error {
	if !p.has("server.eviction_policy") {
		return nil
	}
	o, err := storeOptions(&p.next.Node)
	if err == nil {
		err = p.store.SetPolicy(o.Policy)
	}
	if err != nil {
		return fmt.Errorf("keep the old eviction_policy: %w", err)
	}
	return nil
}

// regroup passes changed servers of the config on to replication.
func (p *plan) regroup() error {
	if p.opts.Topology != nil || reflect.DeepEqual(p.now.File.Servers, p.next.File.Servers) {
		return nil
	}
	if p.repl == nil { // alone in its group, which other groups may have joined
		p.others = p.alone()
		return nil
	}
	err := p.repl.take(topology.Of(p.next.File))
	if errors.Is(err, replica.ErrRecovering) {
		err = fmt.Errorf("%w; send SIGHUP again once it serves, or restart this node, which loses nothing while it does not serve", err)
	}
	if err != nil {
		return fmt.Errorf("keep the old servers: %w", err)
	}
	p.others = true
	return nil
}

// alone takes over the other groups of the config in a node that is alone in its own. It returns false if the own group has
// changed, which takes a restart.
func (p *plan) alone() bool {
	next := topology.Of(p.next.File)
	was, _ := p.topology.Now().GroupOf(p.now.Node.ID)
	is, _ := next.GroupOf(p.now.Node.ID)
	was.Weight = is.Weight
	if !reflect.DeepEqual(was, is) {
		return false
	}
	p.topology.Set(next)
	return true
}

// apply applies the changes. It cannot fail.
func (p *plan) apply() {
	p.sec.nodeAs.Store(p.nodeAs)
	for _, key := range p.keys {
		if set := live[key]; set != nil {
			set(p.Node, p.next)
		} else if apply := prepared[key]; apply != nil {
			apply(p)
		}
	}
	var taken []string
	for _, key := range p.keys {
		taken = append(taken, config.Place(key, p.now.File, p.next.File, &p.next.Node))
	}
	if p.others {
		taken = append(taken, "servers")
	}
	if len(taken) > 0 {
		p.log.Info("reloaded: applied", zap.String("keys", strings.Join(taken, " ")))
	} else {
		p.log.Info("reloaded: no change to apply")
	}
}

// logRestart logs each key that has changed since the node's start and takes effect only at a restart.
func (n *Node) logRestart(next *Setup) {
	p := plan{Node: n, next: next}
	for _, k := range config.Changes(n.started.File, next.File, &n.started.Node, &next.Node) {
		if k.Uptake == config.AtStart || p.needsRestart(k.Name) {
			place := config.Place(k.Name, n.started.File, next.File, &next.Node)
			n.log.Warn("reload: a changed key needs a restart", zap.String("key", place))
		}
	}
}
