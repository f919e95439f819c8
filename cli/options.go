package cli

import (
	"crypto/tls"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/secret"
)

// options are the command line's flags.
type options struct {
	config   string
	serverID string
	address  string
	user     string
	password string // path of a file
	secure   secure
	json     bool
	timeout  time.Duration
}

// secure are the flags about TLS.
type secure struct {
	on            bool
	ca, cert, key string
}

// config reads the files; nil without TLS.
func (s *secure) config() (*tls.Config, error) {
	if !s.on && s.ca == "" && s.cert == "" && s.key == "" {
		return nil, nil
	}
	if (s.cert == "") != (s.key == "") {
		return nil, usagef("--cert and --key belong together; give both or none")
	}
	store, err := certs.Load(certs.Files{Cert: s.cert, Key: s.key, CA: s.ca, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, usagef("--cacert, --cert, --key: %v", err)
	}
	return store.Client(""), nil
}

// signIn returns the user and password from the flags and the environment. There is no flag for a password: every user of
// the machine could see it.
func (o *options) signIn(getenv func(string) string) (as credentials, err error) {
	as.user = o.user
	if o.password != "" {
		if as.password, err = secret.Read(o.password); err != nil {
			return as, usagef("--password-file: %v", err)
		}
		return as, nil
	}
	if as.password, err = secret.Password(getenv); err != nil {
		return as, usagef("%v", err)
	}
	return as, nil
}
