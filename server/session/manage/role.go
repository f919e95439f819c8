package manage

import "github.com/cachegopher/cachegopher/server/session"

var roleCommands = []session.Command{
	{
		Name: "ROLE", Run: cmdRole, Arity: 1,
		Flags: "noscript loading stale fast", Categories: "admin dangerous", Group: "server", Shared: true, Since: "2.8.12",
		Summary: "Shows the node's role in replication, and its peers.",
	},
}

func cmdRole(c *session.Call) {
	r := session.Role{Secondary: !c.Node.Leads()}
	if c.Node.Replication != nil {
		r = c.Node.Replication.Role()
	}
	if r.Secondary {
		c.Array(5)
		c.Text(redisRole(false))
		c.Text(r.Host)
		c.Integer(int64(r.Port))
		c.Text(r.State)
		c.Integer(r.Offset)
		return
	}
	c.Array(3)
	c.Text(redisRole(true))
	c.Integer(r.Offset)
	c.Array(len(r.Peers))
	for _, p := range r.Peers {
		c.Array(3)
		for _, f := range []string{p.Host, p.Port, p.Offset} {
			c.Text(f)
		}
	}
}
