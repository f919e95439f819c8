package command

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/bench/agent"
	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/secret"
)

// tokenVariable names the environment's token, for agents and for run.
const tokenVariable = "CACHEGOPHER_AGENT_TOKEN"

// token reads the token from a file, or from the environment.
func token(file string) (string, error) {
	if file == "" {
		return os.Getenv(tokenVariable), nil
	}
	t, err := secret.Read(file)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	return t, nil
}

func (a *app) agentCommand() *cobra.Command {
	var listen, tokenFile, cores string
	c := &cobra.Command{
		Use:   "agent [flags]",
		Short: "Make load for a run on another machine",
		Long: `agent waits for run --agents and makes its part of the load, until Ctrl-C. Run one on each machine.

Who can talk to an agent can make it load any server that it can reach. So it listens on loopback, and on another address only
with a token, which run must know: in --token-file, or in ` + tokenVariable + `. Nothing is encrypted, the token included:
use a network that you trust, or loopback and ssh -L. The password of a target is the agent's own (CACHEGOPHER_PASSWORD).`,
		Example: `  cachegopher-bench agent
  cachegopher-bench agent --listen 10.0.0.2:7070 --token-file token`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			shared, err := token(tokenFile)
			if err != nil {
				return usageError{err}
			}
			if !agent.Loopback(listen) && shared == "" {
				return usageError{fmt.Errorf("--listen %s: more than this machine could use it; that takes a token, in --token-file or %s", listen, tokenVariable)}
			}
			on, err := chooseCores("load-cores", cores, false, 0)
			if err != nil {
				return usageError{err}
			}
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return usageError{fmt.Errorf("--listen: %w", err)}
			}
			log := func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) } //nolint:errcheck // standard error is gone
			log("agent: waiting for drivers on %s", l.Addr())
			serve := agent.Agent{Schemes: a.schemes, Token: shared, Cores: on, Log: log}
			return serve.Serve(c.Context(), l)
		},
	}
	f := c.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:7070", "`host:port` on which to wait for run")
	f.StringVar(&tokenFile, "token-file", "", "`file` with the token that run must know (default: "+tokenVariable+")")
	f.StringVar(&cores, "load-cores", "all", "cores of the generator's threads, for example 0,2-3; all")
	return c
}

// agentFlags say which agents make the load.
type agentFlags struct {
	addresses []string
	tokenFile string
}

func (g *agentFlags) add(f *pflag.FlagSet) {
	f.StringSliceVar(&g.addresses, "agents", nil, "let these agents make the load together: `host:port,...` of cachegopher-bench agent; connections, rate and count are divided among them, --threads is that of each")
	f.StringVar(&g.tokenFile, "token-file", "", "`file` with the agents' token (default: "+tokenVariable+")")
}

// remote returns what makes a job's load, nil for this process. It changes the job's plan to what several agents can check.
func (g *agentFlags) remote(f *pflag.FlagSet, job *runner.Job, w *workload.Workload) (runner.Remote, error) {
	if !f.Changed("agents") {
		return nil, nil
	}
	shared, err := token(g.tokenFile)
	if err != nil {
		return nil, err
	}
	d, err := agent.NewDriver(g.addresses, shared)
	if err != nil {
		return nil, err
	}
	for _, t := range job.Targets {
		if err := agent.CheckTarget(t); err != nil {
			return nil, err
		}
	}
	if job.SLO != nil {
		return nil, errors.New("--slo is not for agents, because its ramp decides by the latencies of one process: give rates")
	}
	for _, name := range []string{"load-cores", "server-cores", "memory", "node"} {
		if f.Changed(name) {
			return nil, fmt.Errorf("--%s is not for agents, which start nothing and choose their own cores", name)
		}
	}
	verify := job.Plan.Verify
	if err := d.Check(&job.Plan, w); err != nil {
		return nil, fmt.Errorf("--agents %s: %w", strings.Join(g.addresses, ","), err)
	}
	if f.Changed("verify") && verify == load.VerifyVersions && job.Plan.Verify != verify {
		return nil, errors.New("--verify versions: several agents write the same keys, so none knows the newest version; leave it out for values")
	}
	return d, nil
}
