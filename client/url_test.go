package client

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// optionsOf applies options as New does.
func optionsOf(opts ...Option) (options, error) {
	o := defaults()
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

func addressesOf(t *testing.T, o options) string {
	t.Helper()
	cfg, err := o.source()
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.check(); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, g := range cfg.Groups {
		all = append(all, g.Members[0].Address)
	}
	return strings.Join(all, " ")
}

func TestURL(t *testing.T) {
	folder := t.TempDir()
	file, secret := filepath.Join(folder, "c.json"), filepath.Join(folder, "secret")
	put(t, file, []byte(`{"servers": [{"id": "a", "address": "from.file:1", "role": "primary"}]}`))
	put(t, secret, []byte("from file\n"))
	for text, want := range map[string]string{
		"cachegopher://h":                              "h:31337",
		"cachegopher://h:1,[::1],h2:2/":                "h:1 [::1]:31337 h2:2",
		"cachegopher+unix:///run/n.sock":               "unix:///run/n.sock",
		"cachegopher://" + file:                        "from.file:1",
		"cachegopher://ann:p%40ss,:1@h:1,h2":           "h:1 h2:31337",
		"cachegopher://h?password_file=" + secret:      "h:31337",
		"cachegophers://h:1?name=n&reads=primary":      "h:1",
		"cachegopher://h?read_timeout=70ms&conns=3":    "h:31337",
		"cachegopher://h?connect_timeout=2s&retries=0": "h:31337",
		"cachegopher://h?zone=z&reads=nearest&user=bo": "h:31337",
		"cachegopher://h?local_reads=true":             "h:31337",
		"cachegopher://h?read_your_writes=true":        "h:31337",
	} {
		o, err := optionsOf(WithURL(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := addressesOf(t, o); got != want {
			t.Errorf("%s: addresses %s, want %s", text, got, want)
		}
		for part, ok := range map[string]bool{
			"ann:":            o.user == "ann" && o.pass == "p@ss,:1",
			"password_file":   o.pass == "from file",
			"cachegophers":    o.tls != nil && o.name == "n" && o.reads == ReadPrimary,
			"read_timeout":    o.readTimeout == 70*time.Millisecond && o.conns == 3,
			"connect_timeout": o.connTimeout == 2*time.Second && o.tries == 1,
			"zone":            o.zone == "z" && o.reads == ReadNearest && o.user == "bo",
			"local_reads":     o.local,
			"your_writes":     o.own != nil,
		} {
			if strings.Contains(text, part) && !ok {
				t.Errorf("%s: %+v", text, o)
			}
		}
	}
}

// The error for a wrong URL says what is wrong, and does not contain the password.
func TestWrongURLs(t *testing.T) {
	for text, says := range map[string]string{
		"http://ann:secret@h":                                  "http:// is not known",
		"cachegopher:h":                                        "write cachegopher://host:port",
		"cachegopher://":                                       "neither a host nor",
		"cachegopher://ann:secret@h/path":                      "nothing may follow the port",
		"cachegopher://ann:secret@h?colour=red":                "no parameter \"colour\"",
		"cachegopher://ann:secret@h?ca=x":                      "for cachegophers://",
		"cachegopher://ann:secret@h?conns=many":                "\"many\" is not a number",
		"cachegopher://ann:secret@h?conns=0":                   "must be 1 to 64",
		"cachegopher://ann:secret@h?retries=-1":                "must be 0 to 100",
		"cachegopher://ann:secret@h?read_timeout=5":            "500ms",
		"cachegopher://ann:secret@h?reads=any":                 "not one of round-robin",
		"cachegopher://ann:secret@h?name=a&name=b":             "given twice",
		"cachegopher://ann:secret@h?password_file=/none/there": "no such file",
		"cachegophers://ann:secret@h?cert=/none":               "belong together",
		"cachegophers://ann:secret@h?ca=/none/there":           "no such file",
		"cachegopher://ann:secret%zz@h":                        "cannot be read",
		"cachegopher://ann:secret@h:70000":                     "not a port",
	} {
		c, err := New(WithURL(text))
		if err == nil {
			c.Close()
			t.Errorf("%s is accepted", text)
		} else if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %q does not say %q, or contains the password", text, err, says)
		}
	}
}

func TestEnvironment(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	put(t, secret, []byte("from file\n"))
	for name, test := range map[string]struct {
		env        map[string]string
		user, pass string
		says       string
	}{
		"nothing":            {says: "no nodes"},
		"URL":                {env: map[string]string{EnvURL: "cachegopher://ann:pw@h"}, user: "ann", pass: "pw"},
		"password apart":     {env: map[string]string{EnvURL: "cachegopher://h", EnvUser: "ann", EnvPassword: "pw"}, user: "ann", pass: "pw"},
		"password in a file": {env: map[string]string{EnvURL: "cachegopher://h", EnvPasswordFile: secret}, pass: "from file"},
		"two passwords":      {env: map[string]string{EnvURL: "cachegopher://h", EnvPasswordFile: secret, EnvPassword: "secret"}, says: "both set"},
		"two places":         {env: map[string]string{EnvURL: "cachegopher://h", EnvConfig: "/c.json"}, says: "both are set"},
		"a wrong URL":        {env: map[string]string{EnvURL: "http://:secret@h"}, says: EnvURL},
		"no such file":       {env: map[string]string{EnvConfig: "/none/there"}, says: "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{EnvURL, EnvConfig, EnvUser, EnvPassword, EnvPasswordFile} {
				t.Setenv(v, test.env[v])
			}
			c, err := New(WithEnv())
			if err == nil {
				c.Close()
			}
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "secret@") {
					t.Errorf("error %v, want one that says %q", err, test.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.opts.user != test.user || c.opts.pass != test.pass {
				t.Errorf("signs in as %q with %q", c.opts.user, c.opts.pass)
			}
		})
	}
}
