package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const rootLong = `cachegopher-cli talks to the nodes of a CacheGopher cache.

Without a command it opens a prompt, or runs the lines that come from a pipe.
A command goes to the group that its keys belong to; one with keys of several
groups is split, and the answers are merged. Commands about nodes go to all.

Flags stand before the command. A value that is - is read from standard input.
The exit status is 0 when done, 1 when a key was not found, 2 for wrong usage
and whatever is refused, 3 when a node that was needed did not answer.

The password is taken from the variable CACHEGOPHER_PASSWORD, or from the file
that CACHEGOPHER_PASSWORD_FILE or --password-file names. One in an --address is
seen by everybody on the machine who lists its processes.`

const rootExample = `  cachegopher-cli --config cacheGopherConfig.json
  cachegopher-cli SET user:42 'Ada Lovelace' EX 60
  cachegopher-cli SET image:7 - < photo.jpg
  cachegopher-cli GET image:7 > copy.jpg
  cachegopher-cli --json STATUS
  cachegopher-cli --server-id server_A2 INFO replication`

// root is the command tree. It leaves out the nodes' commands, which are completed from
// their table: a value may look like anything, and must not be parsed as a flag.
func (a *app) root() *cobra.Command {
	c := newCatalog()
	root := &cobra.Command{
		Use:           "cachegopher-cli [flags] [command [argument ...]]",
		Short:         "Talks to the nodes of a CacheGopher cache",
		Long:          rootLong,
		Example:       rootExample,
		Version:       a.Version,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(_ *cobra.Command, args []string) error { return a.run(args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return completeShell(c, args, word)
		},
	}
	if a.Out != nil {
		root.SetOut(a.Out)
		root.SetErr(a.Err)
	}
	root.SetVersionTemplate("{{.Version}}\n")
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&a.config, "config", "", "config `file` (default: cacheGopherConfig.json in the working folder, beside the binary, or in /etc/cachegopher; without any, 127.0.0.1:31337)")
	f.StringVar(&a.serverID, "server-id", "", "talk only to the server of the config with this `id`")
	f.StringVar(&a.address, "address", "", "talk only to the node at `host:port`, unix:///path or cachegopher://user@host:port")
	f.StringVar(&a.user, "user", "", "sign in as this `user`; the password is in CACHEGOPHER_PASSWORD")
	f.StringVar(&a.password, "password-file", "", "`file` with the password")
	f.BoolVar(&a.secure.on, "tls", false, "speak TLS, at the tls_address of the config's servers")
	f.StringVar(&a.secure.ca, "cacert", "", "PEM `file` of the authority that must have signed the nodes' certificates, instead of the system's; implies --tls")
	f.StringVar(&a.secure.cert, "cert", "", "PEM `file` of a certificate to show to nodes; implies --tls")
	f.StringVar(&a.secure.key, "key", "", "PEM `file` of the certificate's key")
	f.BoolVar(&a.json, "json", false, "answer in JSON, one document per command")
	f.DurationVar(&a.timeout, "timeout", defaultTimeout, "time limit of a command, or of a step of a long one")
	root.Flags().SetInterspersed(false)
	root.RegisterFlagCompletionFunc("server-id", a.completeServers) //nolint:errcheck // the flag exists
	root.AddGroup(&cobra.Group{ID: "own", Title: "Commands:"})
	for _, o := range ownCommands() {
		if o.Name != "HELP" && o.Name != "EXIT" {
			root.AddCommand(a.sub(o))
		}
	}
	root.SetHelpCommand(a.help(c))
	root.InitDefaultCompletionCmd()
	root.SetUsageTemplate(root.UsageTemplate() + nodeCommands(c))
	return root
}

// sub returns the cobra command of an own command.
func (a *app) sub(o ownCommand) *cobra.Command {
	var flags rebalanceOptions
	c := &cobra.Command{
		Use:     usage(o.Spec),
		Aliases: []string{strings.ToLower(o.Name)},
		Short:   o.Summary,
		Long:    strings.TrimSpace(o.Summary + "\n" + o.long),
		GroupID: "own",
		Args:    cobra.ArbitraryArgs, // the command counts them, as at a prompt
		RunE: func(_ *cobra.Command, args []string) error {
			return a.run(slices.Concat([]string{o.Name}, flags.words(), args))
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 && (o.Name == "PLAN" || o.Name == "DUMP" || o.Name == "LOAD") {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
	if o.Name == "REBALANCE" {
		c.DisableFlagsInUseLine = true
		flags.declare(c)
	}
	return c
}

// help describes one command, also one of the nodes, or all.
func (a *app) help(c *catalog) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Shows all commands, or one",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Root().Help()
			}
			if _, ok := c.find(args[0]); ok {
				return a.run([]string{"HELP", args[0]})
			}
			sub, _, err := cmd.Root().Find(args)
			if err != nil || sub == cmd.Root() {
				return (&session{catalog: c}).unknown(args[0])
			}
			return sub.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return completeShell(c, args, word)
		},
	}
}

// nodeCommands lists the names of the nodes' commands for --help.
func nodeCommands(c *catalog) string {
	var b strings.Builder
	b.WriteString("{{if not .HasParent}}\nCommands of the nodes (help COMMAND describes one):\n")
	line, place := "", -1
	flush := func() {
		if line != "" {
			b.WriteString("  " + line + "\n")
		}
		line = ""
	}
	for _, s := range c.specs() {
		if s.Group == ownGroup {
			continue
		}
		if at := groupPlace(s.Group); at != place || len(line)+len(s.Name) > 74 {
			flush()
			place = at
		}
		if line != "" {
			line += " "
		}
		line += s.Name
	}
	flush()
	return b.String() + "{{end}}"
}

// manual describes the nodes' commands in Markdown.
func manual(c *catalog) string {
	var b strings.Builder
	for _, s := range c.specs() {
		if s.Group != ownGroup {
			b.WriteString("**" + s.Name + "** " + strings.ReplaceAll(s.Syntax, "|", `\|`) + "\n: " + s.Summary + "\n\n")
		}
	}
	return b.String()
}
