package manage

import (
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var saveCommands = []session.Command{
	{
		Name: "SAVE", Run: cmdSave, Arity: 1,
		Flags: "admin noscript no_async_loading no_multi", Group: "server", Shared: true, Since: "1.0.0",
		Summary: "Writes a snapshot to the node's file, and answers once it is complete. Other connections are served meanwhile.",
		Line:    []session.Form{{Min: 1, Max: 1, Reply: "`OK` once a snapshot is written to the node's file"}},
	},
	{
		Name: "BGSAVE", Run: cmdBgsave, Arity: -1,
		Flags: "admin noscript no_async_loading", Group: "server", Shared: true, Since: "1.0.0",
		Syntax:  "[SCHEDULE]",
		Summary: "Begins to write a snapshot to the node's file.",
		Queued:  session.Within,
		Line:    []session.Form{{Min: 1, Max: 2, Syntax: "[SCHEDULE]", Reply: "`Background saving started`"}},
	},
	{
		Name: "LASTSAVE", Run: cmdLastsave, Arity: 1,
		Flags: "loading stale fast", Categories: "admin dangerous", Group: "server", Shared: true, Since: "1.0.0",
		Tips:    "nondeterministic_output",
		Summary: "Returns when the last snapshot was complete, as a Unix time; the time of the start if none was.",
		Queued:  session.Within,
		Needs:   session.MayAdmin,
		Line:    []session.Form{{Min: 1, Max: 1, Reply: "when the last snapshot was complete, as a Unix time"}},
	},
}

// saver returns the node's Saver, or answers that there is none.
func saver(c *session.Call) session.Saver {
	if c.Node.Saver == nil {
		c.Fail("this node has no file for snapshots: give \"snapshot\" in its config")
	}
	return c.Node.Saver
}

func cmdSave(c *session.Call) {
	s := saver(c)
	if s == nil {
		return
	}
	c.Later(func(done func(error)) {
		if err := s.Save(done); err != nil {
			done(err)
		}
	})
}

func cmdBgsave(c *session.Call) {
	if c.NArg() > 2 || c.NArg() == 2 && !c.Is(1, "SCHEDULE") {
		c.Error(reply.SyntaxError)
		return
	}
	s := saver(c)
	if s == nil {
		return
	}
	if err := s.Save(func(error) {}); err != nil {
		c.FailWith(err)
		return
	}
	c.Simple("Background saving started")
}

func cmdLastsave(c *session.Call) { c.Integer(c.Node.LastSave().Unix()) }
