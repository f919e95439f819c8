package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// openWire opens servers that speak d: host:port, or /path of a unix socket. ?pid= names
// the server's process on this machine, so that its CPU can be measured.
func openWire(d Dialect, port string) Opener {
	return func(ctx context.Context, rest string, _ Options) (*Target, error) {
		u, err := parseRest(rest, "pid")
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
			return nil, fmt.Errorf("%q after the address means nothing here", u.Path)
		case u.Port() == "":
			w.Address = net.JoinHostPort(u.Hostname(), port)
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
		return 0, fmt.Errorf("pid %q is not the number of a process", text)
	}
	if _, err := CPUTime(pid); err != nil {
		return 0, fmt.Errorf("pid %d: %w", pid, err)
	}
	return pid, nil
}

// greet finds out whether the server answers, and its version.
func (t *Target) greet(ctx context.Context) error {
	ask := "*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n*1\r\n$4\r\nQUIT\r\n"
	switch t.Wire.Dialect.(type) {
	case Line:
		ask = "INFO server\nEXIT\n"
	case Memcached:
		ask = "version\r\nquit\r\n"
	}
	text, err := t.ask(ctx, ask)
	if err != nil {
		return err
	}
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

// ask sends requests, of which the last ends the connection, and returns what is answered.
func (t *Target) ask(ctx context.Context, requests string) (string, error) {
	c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, t.Wire.Network, t.Wire.Address)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // it was only to ask
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte(requests)); err != nil {
		return "", fmt.Errorf("asking what it is: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(c, 64<<10))
	if len(text) == 0 {
		return "", errors.Join(errors.New("it accepts a connection but answers nothing"), err)
	}
	return string(text), nil
}
