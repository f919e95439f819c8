package sut

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/secret"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// signIn returns the user and password of a URL; a password that the URL lacks comes from the environment.
func signIn(u *url.URL) (user, password string, err error) {
	if u.User == nil {
		return "", "", nil
	}
	password, ok := u.User.Password()
	if !ok {
		password, err = secret.Password(os.Getenv)
	}
	return u.User.Username(), password, err
}

// openWire opens servers that speak d: host:port, or /path of a unix socket. ?pid= names
// the server's process on this machine, so that its CPU can be measured.
func openWire(d Dialect, port string) Opener {
	return func(ctx context.Context, rest string, o Options) (*Target, error) {
		u, err := parseRest(rest, "pid", "cacert")
		if err != nil {
			return nil, err
		}
		w := &Wire{Network: "tcp", Address: u.Host, Dialect: d}
		switch {
		case u.Host == "" && u.Path != "":
			w.Network, w.Address = "unix", u.Path
		case u.Host == "":
			return nil, errors.New("no host:port is given")
		case u.Path != "" && u.Path != "/":
			return nil, fmt.Errorf("unexpected %q after the address", u.Path)
		case u.Port() == "":
			w.Address = net.JoinHostPort(u.Hostname(), port)
		}
		if w.User, w.Password, err = signIn(u); err != nil {
			return nil, err
		}
		if w.TLS, err = tlsOption(u, o.scheme); err != nil {
			return nil, err
		}
		t := &Target{Wire: w}
		if t.PID, err = pidOption(u); err != nil {
			return nil, err
		}
		if err := t.greet(ctx); err != nil {
			return nil, err
		}
		return t, nil
	}
}

func pidOption(u *url.URL) (int, error) {
	text := u.Query().Get("pid")
	if text == "" {
		return 0, nil
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid < 1 {
		return 0, fmt.Errorf("pid %q is not a process id", text)
	}
	if _, err := CPUTime(pid); err != nil {
		return 0, fmt.Errorf("pid %d: %w", pid, err)
	}
	return pid, nil
}

// tlsOption is the TLS config of a URL, nil for none. ?cacert= names the PEM file of the certificate authority
// to trust.
func tlsOption(u *url.URL, scheme string) (*tls.Config, error) {
	ca := u.Query().Get("cacert")
	if scheme != "cachegophers://" && scheme != "rediss://" {
		if ca != "" {
			return nil, errors.New("option cacert: only with TLS, as in cachegophers://")
		}
		return nil, nil
	}
	store, err := certs.Load(certs.Files{CA: ca, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, err
	}
	return store.Client(u.Hostname()), nil
}

// dialTimeout bounds connecting, the TLS handshake and signing in together.
const dialTimeout = 10 * time.Second

// Dial connects, completes the TLS handshake if TLS is on, and signs in.
func (w *Wire) Dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	d := net.Dialer{}
	if w.ReceiveBuffer > 0 {
		d.Control = w.limitBuffer // before connecting, because the window is agreed upon then
	}
	c, err := d.DialContext(ctx, w.Network, w.Address)
	if err != nil {
		return nil, err
	}
	if w.TLS != nil {
		c = tls.Client(c, w.TLS)
	}
	if err := w.signIn(ctx, c); err != nil {
		c.Close() //nolint:errcheck // already failed
		return nil, err
	}
	return c, nil
}

func (w *Wire) signIn(ctx context.Context, c net.Conn) error {
	if s, ok := c.(*tls.Conn); ok {
		if err := s.HandshakeContext(ctx); err != nil {
			return err
		}
	}
	if w.Password == "" {
		return nil
	}
	ask := fmt.Appendf(nil, "AUTH %s %s\n", w.User, w.Password)
	if _, ok := w.Dialect.(RESP); ok {
		ask = wire.Request(nil, "AUTH", w.User, w.Password)
		if w.User == "" {
			ask = wire.Request(nil, "AUTH", w.Password)
		}
	}
	if err := c.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	if _, err := c.Write(ask); err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	in := make([]byte, 256)
	n, err := c.Read(in) // one short answer, with nothing after it
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	if text, _ := line(in[:n]); string(text) != "+OK" && string(text) != "OK" {
		return fmt.Errorf("signing in: %s", text)
	}
	return c.SetDeadline(time.Time{})
}

// greet checks that the server answers and serves, and reads its version.
func (t *Target) greet(ctx context.Context) error {
	ask := string(wire.Request(wire.Request(wire.Request(nil, "PING"), "INFO", "server"), "QUIT"))
	switch t.Wire.Dialect.(type) {
	case Line:
		ask = "INFO server\nEXIT\n"
	case Memcached:
		ask = "version\r\nstats\r\nquit\r\n"
	}
	text, err := t.ask(ctx, ask)
	if err != nil {
		return err
	}
	if first, _ := line([]byte(text)); bytes.HasPrefix(first, []byte("-LOADING")) {
		return errors.New(string(first[1:]))
	}
	t.Instance = instanceOf(text)
	for l := range strings.Lines(text) {
		for _, name := range []string{"cachegopher_version:", "redis_version:", "valkey_version:", "VERSION "} {
			if v, ok := strings.CutPrefix(l, name); ok {
				if t.Version == "" || strings.HasPrefix(name, "cachegopher") || strings.HasPrefix(name, "valkey") {
					t.Version = strings.TrimSuffix(strings.Replace(name, "VERSION ", "memcached_version:", 1), "_version:") + " " + strings.TrimSpace(v)
				}
			}
		}
	}
	return nil
}

// instanceOf finds the run_id in INFO, or the process and the time of its start in memcached's stats.
func instanceOf(text string) string {
	for l := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(l, "run_id:"); ok {
			return strings.TrimSpace(id)
		}
	}
	fields := fieldsOf(text)
	if pid, ok := fields["pid"]; ok && fields["time"] > 0 {
		return fmt.Sprintf("process %d since %d", pid, fields["time"]-fields["uptime"])
	}
	return ""
}
