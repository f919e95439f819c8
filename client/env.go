package client

import (
	"errors"
	"os"

	"github.com/cachegopher/cachegopher/internal/secret"
)

// The variables that WithEnv reads.
const (
	EnvURL          = "CACHEGOPHER_URL"    // as WithURL takes it
	EnvConfig       = "CACHEGOPHER_CONFIG" // path of a config file, when there is no URL
	EnvUser         = "CACHEGOPHER_USER"   // with one of the next two
	EnvPassword     = secret.Variable      // a password
	EnvPasswordFile = secret.FileVariable  // path of a file that has it
)

// WithEnv takes from the environment where the nodes are and how to sign in: see
// EnvURL and the constants beside it. One of EnvURL and EnvConfig must be set unless
// another option says where the nodes are. Options that come after WithEnv override it.
func WithEnv() Option {
	return func(o *options) error {
		url, config := os.Getenv(EnvURL), os.Getenv(EnvConfig)
		var err error
		switch {
		case url != "" && config != "":
			err = errors.New("both are set; unset one")
		case url != "":
			err = WithURL(url)(o)
		case config != "":
			err = WithConfigFile(config)(o)
		}
		if err != nil {
			return envError{EnvURL + " or " + EnvConfig, err}
		}
		if user := os.Getenv(EnvUser); user != "" {
			o.user = user
		}
		password, err := secret.Password(os.Getenv)
		if err != nil {
			return envError{EnvPassword + " or " + EnvPasswordFile, err}
		}
		if password != "" {
			o.pass = password
		}
		return nil
	}
}

// envError says which variables are wrong, but not what is in them.
type envError struct {
	variable string
	err      error
}

func (e envError) Error() string { return "from the environment, " + e.variable + ": " + e.err.Error() }
func (e envError) Unwrap() error { return e.err }
