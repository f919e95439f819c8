package manage

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

var debugCommands = []session.Command{
	{
		Name: "DEBUG", Run: cmdDebug, Arity: -2,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "1.0.0",
		Syntax:  "SLEEP seconds",
		Summary: "Makes the event loop sleep, if the configuration allows it.",
		Timed:   true,
		Subcommands: []session.Subcommand{
			{Usage: "SLEEP <seconds>", Help: "Block the event loop of this connection for so many seconds."},
		},
	},
}

func cmdDebug(c *session.Call) {
	if !c.Node.AllowDebug {
		c.Fail("DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
		return
	}
	if !c.Is(1, "SLEEP") || c.NArg() != 3 {
		c.SubSyntax("DEBUG")
		return
	}
	if f, ok := wire.ParseFloat(c.Arg(2)); ok { // for other arguments it does not sleep, as in Redis
		seconds, _ := f.Float64()
		time.Sleep(time.Duration(min(seconds, maxSleep.Seconds()) * float64(time.Second)))
	}
	c.OK()
}

// maxSleep limits DEBUG SLEEP, which blocks the connection and its event loop.
const maxSleep = time.Minute
