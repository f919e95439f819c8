package session

// help answers HELP of a command, if that is what is asked.
func (c *Call) help(of string) bool {
	if c.NArg() != 2 || !c.Is(1, "HELP") {
		return false
	}
	all := c.cmd.Subcommands
	c.Array(2*len(all) + 3)
	c.Simple(of + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, s := range all {
		c.Simple(s.Usage)
		c.Simple("    " + s.Help)
	}
	c.Simple("HELP")
	c.Simple("    Print this help.")
	return true
}
