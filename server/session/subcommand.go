package session

// Lower is argument i with the letters A to Z in lower case.
func (c *Call) Lower(i int) string { return lower(string(c.Arg(i))) }

// UnknownSub answers HELP, or NoSub; of is the command's name.
func (c *Call) UnknownSub(of string) {
	if !c.help(of) {
		c.NoSub(of)
	}
}

// shownSub bounds the bytes of an unknown subcommand that errors show.
const shownSub = 128

// NoSub answers an error for an unknown subcommand, in the words of Redis 7; of is the command's name.
func (c *Call) NoSub(of string) {
	c.Fail("unknown subcommand '" + string(c.Front(1, shownSub)) + "'. Try " + of + " HELP.")
}

// SubSyntax answers HELP, or an error for a subcommand with wrong arguments. Redis words some of these errors in this way,
// and others as WrongSubArgs does.
func (c *Call) SubSyntax(of string) {
	if !c.help(of) {
		c.Fail("unknown subcommand or wrong number of arguments for '" + string(c.Front(1, shownSub)) + "'. Try " + of +
			" HELP.")
	}
}

// WrongSubArgs answers an error for a subcommand with the wrong number of arguments.
func (c *Call) WrongSubArgs() { c.WrongArgs(c.cmd.name + "|" + c.Lower(1)) }

// help answers the subcommand HELP, and reports whether that was the request.
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
