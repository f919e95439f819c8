package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/secret"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// security is the running state of the config's "security".
type security struct {
	config.Security
	file   *config.File                // the config that the node was started with; nil: none
	users  *auth.Users                 // nil: the config has no users
	nodeAs atomic.Pointer[credentials] // for signing in at other nodes; nil: the node does not
	certs  *certs.Store                // nil: the config names no certificates
}

// newSecurity reads the files that "security" names and checks its values, before the node listens.
func newSecurity(s *Setup, log *zap.Logger) (*security, error) {
	sec := new(security)
	if s.File == nil {
		return sec, nil
	}
	sec.Security, sec.file = s.File.Security, s.File
	if err := checkCommands(s.File); err != nil {
		return nil, err
	}
	if len(sec.Users) > 0 {
		var err error
		// Checking a password takes long: a quarter of the cores leaves the rest to clients that have signed in.
		if sec.users, err = auth.New(accountsOf(sec.Users), runtime.GOMAXPROCS(0)/4, log); err != nil {
			return nil, s.File.Fault("security.users", "cannot take the users: "+err.Error(), "correct that user")
		}
	}
	as, err := readCredentials(s.File)
	if err != nil {
		return nil, err
	}
	sec.nodeAs.Store(as)
	return sec, sec.readCerts()
}

// checkCommands returns a fault for a name in disabled_commands that is unknown or that nodes need.
func checkCommands(f *config.File) error {
	for i, name := range f.Security.Disabled {
		err := session.CheckCommands(commands.All(), commands.Dialects(), []string{name})
		if errors.Is(err, session.ErrNeeded) {
			return f.Fault(fmt.Sprintf("security.disabled_commands[%d]", i), err.Error(), `remove it; "users" and their "rights" say who may do what`)
		}
		if err != nil {
			return f.Fault(fmt.Sprintf("security.disabled_commands[%d]", i), strconv.Quote(name)+" is not a command", "docs/protocol.md lists them")
		}
	}
	return nil
}

func accountsOf(users []config.User) (all []auth.Account) {
	for _, u := range users {
		all = append(all, auth.Account{Name: u.Name, Hash: u.Password, Rights: u.Rights, Keys: u.Keys})
	}
	return all
}

// credentials are node_user and its password.
type credentials struct{ user, password string }

// readCredentials reads the password of node_user. It returns nil if f has none.
func readCredentials(f *config.File) (*credentials, error) {
	file := f.Security.NodePasswordFile
	if file == "" {
		return nil, nil
	}
	password, err := secret.Read(file)
	switch {
	case errors.Is(err, secret.ErrEmpty):
		return nil, f.Fault("security.node_password_file", file+" is empty", "write the password of node_user into it")
	case err != nil:
		return nil, f.Fault("security.node_password_file", "cannot read the password: "+errors.Unwrap(err).Error(), "give the path of a file that the node may read")
	}
	return &credentials{f.Security.NodeUser, password}, nil
}

// readCerts reads the certificate files, if the config names any.
func (s *security) readCerts() (err error) {
	if s.TLSCert == "" && s.TLSCA == "" && !s.TLSReplication {
		return nil
	}
	f := certs.Files{Cert: s.TLSCert, Key: s.TLSKey, CA: s.TLSCA}
	if s.TLSMinVersion == "1.2" {
		f.MinVersion = tls.VersionTLS12
	}
	if f.Clients, err = certs.ParseClients(s.TLSClients); err == nil {
		s.certs, err = certs.Load(f)
	}
	if err != nil {
		return s.file.Fault("security", "cannot use the certificates: "+err.Error(), "give PEM files that the node may read")
	}
	return nil
}

// serverTLS returns the configuration of the TLS listener; nil without certificates.
func (s *security) serverTLS() *tls.Config {
	if s.certs == nil {
		return nil
	}
	return s.certs.Server()
}

// watchEvery is the interval at which the certificate files are checked for changes.
const watchEvery = 5 * time.Second

// watch reloads certificates when their files change, until ctx is done.
func (s *security) watch(ctx context.Context, log *logging.Logger) {
	if s.certs == nil {
		return
	}
	s.certs.Watch(ctx, watchEvery, func(err error) {
		if err != nil {
			log.Error("certificates have changed but cannot be loaded; the old ones stay in use", zap.Error(err))
			return
		}
		log.Info("certificates have changed and are loaded: new connections use them")
	})
}
