package main

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/internal/config"
)

// options are the values of the command line.
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
	joins

	given func(flag string) bool
}

// sizeFlag is a number of bytes, written as in a config.
type sizeFlag int64

func (s *sizeFlag) String() string { return config.FormatSize(int64(*s)) }
func (s *sizeFlag) Type() string   { return "size" }

func (s *sizeFlag) Set(text string) error {
	n, err := config.ParseSize(text)
	*s = sizeFlag(n)
	return err
}

// flags declares the flags, which set o.
func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("cachegopher", pflag.ContinueOnError)
	f.SortFlags = false
	f.StringVar(&o.config, "config", "", "config `file` (default: "+config.FileName+" in the working folder, then beside the binary, then in /etc/cachegopher)")
	f.StringVar(&o.serverID, "server-id", "", "`id` of the server to run; not needed when the config has only one")
	f.StringArrayVar(&o.addresses, "address", nil, "`host:port` or unix:///path to listen on instead of the config's; may be repeated. Without --config and --server-id the node has no config")
	f.Var(&o.maxMemory, "max-memory", "memory for entries, as in 256MB or 1GiB, instead of the config's")
	f.Int64Var(&o.maxSize, "max-size", 0, "`number` of entries at most, instead of the config's")
	f.BoolVar(&o.protected, "protected", true, "false: listen on any address although there are no users, as with security.protected in the config")
	f.BoolVar(&o.recover, "recover", false, "be in step with the group before serving: a secondary with its primary, a primary with what its secondaries have")
	f.BoolVar(&o.join, "join", false, "join a group through etcd as a server that is in no config; needs --server-id, --group and --address, and --etcd unless a config has a coordination")
	f.StringArrayVar(&o.etcd, "etcd", nil, "with --join: the `URL` of a member of etcd, as in http://127.0.0.1:2379; may be repeated")
	f.StringVar(&o.cluster, "cluster", "", "with --join: the `name` of the cluster (default: main)")
	f.StringVar(&o.group, "group", "", "with --join: the `name` of the group to join, by default the id of its first primary")
	f.BoolVar(&o.found, "new-group", false, "with --join: found the group if it does not exist; without this only the first node of a cluster does")
	f.BoolVar(&o.checkConfig, "check-config", false, "check the config, print its effective values and exit")
	f.BoolVar(&o.health, "health", false, "ask the running node whether it serves, and exit: with 0 if it does, with 1 if not")
	f.BoolVar(&o.version, "version", false, "print the version and exit")
	return f
}

// usageHelp begins the help.
const usageHelp = `cachegopher is a node of a distributed in-memory cache.

Usage: cachegopher [flags]
       cachegopher hash-password < file
       cachegopher completion bash|zsh|fish
`

// signalHelp ends the help.
const signalHelp = `SIGTERM and SIGINT stop the node within 5 seconds: it sends its replies, and its last writes to the secondaries.
SIGQUIT, or a second SIGINT, ends it at once. SIGHUP reopens the log file and applies changes of the config:
limits, members, users, certificates, log level.
`

// parseFlags parses the command line. It returns pflag.ErrHelp after printing the help.
func parseFlags(args []string, stdout io.Writer) (*options, error) {
	o := new(options)
	f := o.flags()
	f.SetOutput(io.Discard)
	f.Usage = func() {
		fmt.Fprintf(stdout, "%s\n%s\n%s", usageHelp, f.FlagUsages(), signalHelp) //nolint:errcheck // there is nowhere to report it
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
