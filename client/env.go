package client

import (
	"errors"
	"os"

	"github.com/cachegopher/cachegopher/internal/secret"
)

// The variables that WithEnv reads.
const (
	EnvURL          = "CACHEGOPHER_URL"    // a URL for WithURL
	EnvConfig       = "CACHEGOPHER_CONFIG" // path of a config file, instead of a URL
	EnvUser         = "CACHEGOPHER_USER"   // the user; requires one of the next two
	EnvPassword     = secret.Variable      // the password
	EnvPasswordFile = secret.FileVariable  // path of a file with the password
)

// WithEnv takes the nodes and the credentials from the environment: see EnvURL and the
// other constants. One of EnvURL and EnvConfig must be set unless another option names the
// nodes. Later options override WithEnv.
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

// envError names the variables that are wrong, but not their values.
type envError struct {
	variable string
	err      error
}

func (e envError) Error() string { return "from the environment, " + e.variable + ": " + e.err.Error() }
func (e envError) Unwrap() error { return e.err }
