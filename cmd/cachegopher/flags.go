package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/node"
)

// options are the command line.
type options struct {
	config      string
	serverID    string
	checkConfig bool
	version     bool
	health      bool
	recover     bool
	addresses   []string
	maxMemory   sizeFlag
	maxSize     int64
	protected   bool

	given func(flag string) bool
}

// sizeFlag is a number of bytes written as in a config.
type sizeFlag int64

func (s *sizeFlag) String() string { return config.FormatSize(int64(*s)) }
func (s *sizeFlag) Type() string   { return "size" }

func (s *sizeFlag) Set(text string) error {
	n, err := config.ParseSize(text)
	*s = sizeFlag(n)
	return err
}

// flags are what the command line sets in o.
func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("cachegopher", pflag.ContinueOnError)
	f.SortFlags = false
	f.StringVar(&o.config, "config", "", "config `file` (default: "+config.FileName+" in the working folder, then beside the binary, then in /etc/cachegopher)")
	f.StringVar(&o.serverID, "server-id", "", "`id` of the server to run; not needed when the config has only one")
	f.StringArrayVar(&o.addresses, "address", nil, "`host:port` or unix:///path to listen on instead of the config's; may be repeated. Without --config and --server-id the node has no config")
	f.Var(&o.maxMemory, "max-memory", "memory for entries, as in 256MB or 1GiB, instead of the config's")
	f.Int64Var(&o.maxSize, "max-size", 0, "`number` of entries at most, instead of the config's")
	f.BoolVar(&o.protected, "protected", true, "false: listen on any address though there are no users, as security.protected of the config")
	f.BoolVar(&o.recover, "recover", false, "be in sync with the group before serving: a secondary with its primary, a primary with what its secondaries have")
	f.BoolVar(&o.checkConfig, "check-config", false, "check the config, print its effective values and exit")
	f.BoolVar(&o.health, "health", false, "ask the node that runs whether it serves, and exit: 0 if it does, 1 if not")
	f.BoolVar(&o.version, "version", false, "print the version and exit")
	return f
}

// signalHelp ends the help.
const signalHelp = `SIGTERM and SIGINT stop the node within 5 seconds and lose nothing. SIGQUIT, or a second SIGINT, ends it at
once. SIGHUP reopens the log file and takes up what has changed in the config: limits, members, users,
certificates, log level.
`

// parseFlags reads the command line. It returns pflag.ErrHelp after it has printed the help.
func parseFlags(args []string, stdout io.Writer) (*options, error) {
	o := new(options)
	f := o.flags()
	f.SetOutput(io.Discard)
	f.Usage = func() {
		//nolint:errcheck // nobody is left to tell
		fmt.Fprintf(stdout, "cachegopher is a node of a distributed in-memory cache.\n\nUsage: cachegopher [flags]\n       cachegopher hash-password < file\n       cachegopher completion bash|zsh|fish\n\n%s\n%s", f.FlagUsages(), signalHelp)
	}
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	o.given = f.Changed
	return o, nil
}

// selection is what the command line and the config come to.
type selection struct {
	node.Setup
	options *options // that it comes from
	ignored string   // a config that was not read because of --address alone; "": there is none
}

// setup finds the config and the server to run.
func (o *options) setup() (*selection, error) {
	s, err := o.load()
	if err != nil {
		return nil, err
	}
	s.Recover = o.recover
	return s, o.choose(s)
}

// again is what the same command line and the config as it is now come to.
func (s *selection) again() (*node.Setup, error) {
	file, err := config.Load(s.File.Path)
	if err != nil {
		return nil, err
	}
	next := *s
	next.File = file
	if err := s.options.choose(&next); err != nil {
		return nil, err
	}
	return &next.Setup, nil
}

// load reads the config that is named, or the one that is found where configs are expected, if any. With
// --address alone it reads none: what such a node is must not depend on which files lie around.
func (o *options) load() (*selection, error) {
	s := &selection{options: o}
	s.Unprotected = !o.protected
	path := o.config
	if !o.given("config") {
		found, ok := config.Find()
		if ok && o.standalone() {
			s.ignored = found
		}
		if !ok || o.standalone() {
			return s, nil
		}
		path = found
	}
	file, err := config.Load(path)
	s.File = file
	return s, err
}

// standalone says whether the command line asks for a node without a config.
func (o *options) standalone() bool {
	return o.given("address") && !o.given("config") && !o.given("server-id")
}

// choosesNode says whether the command line is about one server.
func (o *options) choosesNode() bool {
	return o.given("server-id") || o.given("address") || o.given("max-memory") || o.given("max-size")
}

// choose picks the server and puts the flags over its values.
func (o *options) choose(s *selection) error {
	switch {
	case s.File != nil:
		chosen, err := s.File.Node(o.serverID)
		var fault *config.Error
		if errors.As(err, &fault) && o.serverID == "" {
			fault.Remedy = o.chooseHow() + "; " + fault.Remedy
		}
		if err != nil {
			return err
		}
		s.Node = chosen
	case o.given("server-id"):
		return fmt.Errorf("--server-id %s: %w", o.serverID, noConfig())
	default:
		s.Node = config.Standalone()
	}
	if o.given("address") {
		s.Node.Addresses, s.Addressed = o.addresses, true
	}
	if o.given("max-memory") {
		s.Node.MaxMemory = int64(o.maxMemory)
	}
	if o.given("max-size") {
		s.Node.MaxSize = o.maxSize
	}
	return flagFault(s.Node.Validate())
}

// chooseHow tells how to choose a server. Who did not name the config may not know that there is one.
func (o *options) chooseHow() string {
	if o.given("config") {
		return "choose one with --server-id"
	}
	return "it was found because there is no --config: choose a server with --server-id, or start a node without a config with --address HOST:PORT"
}

// flagFault names the flag instead of the key: what the config says has been checked before.
func flagFault(err error) error {
	var fault *config.Error
	if errors.As(err, &fault) {
		named := *fault
		named.Key = "--" + strings.ReplaceAll(fault.Key, "_", "-")
		return &named
	}
	return err
}

// uncheckable says why --check-config has nothing to check.
func (o *options) uncheckable() error {
	if o.standalone() {
		return errors.New("--address without --config starts a node that has no config: there is nothing to check; name a config with --config")
	}
	return noConfig()
}

func noConfig() error {
	return fmt.Errorf("there is no config: no %s in %s; name one with --config", config.FileName, strings.Join(config.Folders(), ", "))
}
