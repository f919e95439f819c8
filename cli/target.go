package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/config"
)

// target says to which nodes commands are sent.
type target struct {
	layout client.Config // the topology
	talk   client.Config // the nodes to send commands to: all of layout, or one
	only   string        // id of that one; empty: all
	source string        // where the topology came from, for the greeting
	listed bool          // layout is a config file's
	as     credentials
	tls    *tls.Config // nil: without TLS
}

// target determines to which nodes commands are sent.
func (o *options) target(getenv func(string) string) (*target, error) {
	as, err := o.signIn(getenv)
	if err != nil {
		return nil, err
	}
	t := &target{as: as}
	if o.address != "" && o.serverID != "" {
		return nil, usagef("--address and --server-id both choose the one node to talk to; give one of them")
	}
	if strings.HasPrefix(o.address, "cachegophers://") || strings.HasPrefix(o.address, "rediss://") {
		o.secure.on = true
	}
	if t.tls, err = o.secure.config(); err != nil {
		return nil, err
	}
	path, found := o.config, o.config != ""
	if !found && o.address == "" {
		path, found = config.Find()
	}
	if found {
		cfg, err := client.ReadConfig(path)
		if err != nil {
			return nil, err
		}
		t.layout, t.source, t.listed = cfg, path, true
	}
	switch {
	case o.address != "":
		if err := t.one(o.address); err != nil {
			return nil, err
		}
	case o.serverID != "":
		if !found {
			return nil, usagef("--server-id %s: there is no config: no %s in %s; name one with --config", o.serverID, config.FileName, strings.Join(config.Folders(), ", "))
		}
		if err := t.member(o.serverID); err != nil {
			return nil, err
		}
	case !found:
		t.source = config.DefaultAddress
		t.layout = single(t.layout, client.Member{ID: config.DefaultAddress, Address: config.DefaultAddress})
		t.talk = t.layout
	default:
		t.talk = t.layout
	}
	return t, nil
}

// single returns cfg reduced to the node m.
func single(cfg client.Config, m client.Member) client.Config {
	cfg.Groups = []client.Group{{ID: m.ID, Members: []client.Member{m}}}
	return cfg
}

// one selects the node at an address, which may be a URL with user and password.
func (t *target) one(address string) error {
	address, as, err := splitURL(address)
	if err != nil {
		return err
	}
	switch {
	case as.password != "":
		t.as = as
	case as.user != "": // the password is elsewhere
		t.as.user = as.user
	}
	good, err := config.CheckAddress(address, false)
	if err != nil {
		return usagef("--address: %v", err)
	}
	m := client.Member{ID: good, Address: good}
	for _, g := range t.layout.Groups {
		for _, known := range g.Members {
			if slices.Contains(known.Addresses(), good) {
				m = known
			}
		}
	}
	t.only, t.talk = m.ID, single(t.layout, m)
	if len(t.layout.Groups) == 0 {
		t.layout = t.talk
	}
	return nil
}

// member selects a node of the config.
func (t *target) member(id string) error {
	var ids []string
	for _, g := range t.layout.Groups {
		for _, m := range g.Members {
			if m.ID == id {
				t.only, t.talk = id, single(t.layout, m)
				return nil
			}
			ids = append(ids, m.ID)
		}
	}
	return usagef("%s: no server has id %q; known: %s", t.source, id, strings.Join(ids, ", "))
}

// splitURL separates user and password from cachegopher://user:password@host:port, or
// redis://. It returns other addresses unchanged.
func splitURL(address string) (string, credentials, error) {
	switch scheme, _, _ := strings.Cut(address, "://"); scheme {
	case "cachegopher", "cachegophers", "redis", "rediss":
	default:
		return address, credentials{}, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		// The error of package url repeats the address, with its password.
		return "", credentials{}, usagef("--address: the URL cannot be read; write cachegopher://user:password@host:port, with %%XX for special characters")
	case u.Path != "" && u.Path != "/" && u.Path != "/0" || u.RawQuery != "" || u.Fragment != "":
		return "", credentials{}, usagef("--address: nothing may follow the port of the URL")
	}
	as := credentials{user: u.User.Username()}
	as.password, _ = u.User.Password()
	host := u.Host
	if u.Port() == "" {
		host += ":31337"
	}
	return host, as, nil
}

// open returns a function that makes clients of the nodes of a config.
func (t *target) open(timeout time.Duration) func(client.Config, credentials) (*client.Client, error) {
	return func(cfg client.Config, as credentials) (*client.Client, error) {
		opts := []client.Option{
			client.WithConfig(cfg),
			client.WithReads(client.ReadPrimary), // reads see earlier writes
			client.WithConnsPerNode(1),
			client.WithReadTimeout(timeout),
			client.WithConnectTimeout(min(timeout, 3*time.Second)),
			client.WithName("cachegopher-cli"),
		}
		if as.password != "" {
			opts = append(opts, client.WithAuth(as.user, as.password))
		}
		if t.tls != nil {
			opts = append(opts, client.WithTLS(t.tls))
		}
		c, err := client.New(opts...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.source, errors.Unwrap(err))
		}
		return c, nil
	}
}
