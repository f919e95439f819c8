package client

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/secret"
)

// defaultPort is the port of addresses in URLs without one.
const defaultPort = "31337"

// WithURL configures the client from a URL:
//
//	cachegopher://user:password@host:31337           one node; 31337 is the default port
//	cachegopher://host1,host2:31338                  a group of one node each, as with WithServers
//	cachegopher:///etc/cachegopher/config.json       a config file, as with WithConfigFile
//	cachegopher+unix:///run/cachegopher/n.sock       a unix socket
//	cachegophers://host:31337?ca=/etc/ca.pem         with TLS
//
// Parameters, all optional: user, password_file; ca, cert and key (files, with
// cachegophers); name; zone; local_reads and read_your_writes (true or false); reads (round-robin, primary, fastest or nearest); conns;
// retries; read_timeout and connect_timeout, such as 500ms. An unknown one is an error.
// Characters in user and password that are special in a URL must be written as %XX.
func WithURL(text string) Option {
	return func(o *options) error {
		hosts, rest := cutHosts(text)
		u, err := url.Parse(rest)
		if err != nil {
			// The error of package url contains the URL with its password.
			return errors.New("the URL cannot be read; write cachegopher://user:password@host:port, with %XX for special characters")
		}
		if err := o.fromURL(u, hosts); err != nil {
			return fmt.Errorf("the URL: %w", err)
		}
		return nil
	}
}

// cutHosts removes the hosts from a URL, since package url accepts only one.
func cutHosts(text string) (hosts, rest string) {
	scheme, after, found := strings.Cut(text, "://")
	if !found {
		return "", text
	}
	end := strings.IndexAny(after, "/?#")
	if end < 0 {
		end = len(after)
	}
	begin := strings.LastIndexByte(after[:end], '@') + 1
	return after[begin:end], scheme + "://" + after[:begin] + after[end:]
}

func (o *options) fromURL(u *url.URL, hosts string) error {
	place, err := urlPlace(u, hosts)
	if err != nil {
		return err
	}
	q := u.Query()
	options := []Option{place}
	if user := u.User; user != nil {
		password, _ := user.Password()
		options = append(options, WithAuth(user.Username(), password))
	}
	if u.Scheme == "cachegophers" {
		options = append(options, WithTLSFiles(q.Get("ca"), q.Get("cert"), q.Get("key")))
	}
	for _, opt := range options {
		if err := opt(o); err != nil {
			return err
		}
	}
	for name, values := range q {
		set, known := urlParameters[name]
		secure := name == "ca" || name == "cert" || name == "key"
		switch {
		case len(values) > 1:
			return fmt.Errorf("parameter %s is given twice", name)
		case secure && u.Scheme != "cachegophers":
			return fmt.Errorf("parameter %s is only for cachegophers://, the scheme with TLS", name)
		case secure:
		case !known:
			return fmt.Errorf("there is no parameter %q", name)
		default:
			if err := set(o, values[0]); err != nil {
				return fmt.Errorf("parameter %s: %w", name, err)
			}
		}
	}
	return nil
}

// urlPlace returns the option that says where the nodes are.
func urlPlace(u *url.URL, list string) (Option, error) {
	switch {
	case u.Opaque != "" || u.Fragment != "":
		return nil, errors.New("write cachegopher://host:port")
	case u.Scheme == "cachegopher+unix" && list == "":
		return WithServers("unix://" + u.Path), nil
	case u.Scheme != "cachegopher" && u.Scheme != "cachegophers":
		return nil, fmt.Errorf("%s:// is not known; write cachegopher://, cachegophers:// for TLS or cachegopher+unix://", u.Scheme)
	case list == "" && strings.Trim(u.Path, "/") != "":
		return WithConfigFile(u.Path), nil
	case list == "":
		return nil, errors.New("it has neither a host nor the path of a config file")
	case strings.Trim(u.Path, "/") != "":
		return nil, errors.New("nothing may follow the port but parameters; a config file takes three slashes, as in cachegopher:///etc/cachegopher/config.json")
	}
	hosts := strings.Split(list, ",")
	for i, h := range hosts {
		if strings.LastIndexByte(h, ':') <= strings.LastIndexByte(h, ']') {
			hosts[i] = h + ":" + defaultPort
		}
	}
	return WithServers(hosts...), nil
}

var urlParameters = map[string]func(o *options, value string) error{
	"user":             func(o *options, v string) error { o.user = v; return nil },
	"password_file":    func(o *options, v string) error { return o.passwordFile(v) },
	"name":             func(o *options, v string) error { return WithName(v)(o) },
	"local_reads":      func(o *options, v string) error { return localReads(o, v) },
	"read_your_writes": func(o *options, v string) error { return readYourWrites(o, v) },
	"zone":             func(o *options, v string) error { return WithZone(v)(o) },
	"conns":            number(WithConnsPerNode),
	"retries":          number(WithRetries),
	"read_timeout":     duration(WithReadTimeout),
	"connect_timeout":  duration(WithConnectTimeout),
	"reads": func(o *options, v string) error {
		policies := map[string]ReadPolicy{"round-robin": ReadRoundRobin, "primary": ReadPrimary, "fastest": ReadFastest, "nearest": ReadNearest}
		p, known := policies[v]
		if !known {
			return fmt.Errorf("%q is not one of round-robin, primary, fastest, nearest", v)
		}
		return WithReads(p)(o)
	},
}

func localReads(o *options, v string) (err error) {
	o.local, err = yes(v)
	return err
}

func readYourWrites(o *options, v string) error {
	is, err := yes(v)
	if o.own = nil; is {
		return errors.Join(err, WithReadYourWrites()(o))
	}
	return err
}

func yes(v string) (bool, error) {
	is, err := strconv.ParseBool(v)
	if err != nil {
		return false, fmt.Errorf("%q is neither true nor false", v)
	}
	return is, nil
}

func number(option func(int) Option) func(*options, string) error {
	return func(o *options, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil {
			return fmt.Errorf("%q is not a number", v)
		}
		return option(n)(o)
	}
}

func duration(option func(time.Duration) Option) func(*options, string) error {
	return func(o *options, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("%q is not a duration; write it as in 500ms", v)
		}
		return option(d)(o)
	}
}

// passwordFile takes the password from a file.
func (o *options) passwordFile(path string) (err error) {
	o.pass, err = secret.Read(path)
	return err
}
