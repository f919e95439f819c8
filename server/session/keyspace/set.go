package keyspace

import (
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var setCommands = []session.Command{
	{
		Name: "SET", Run: cmdSet, Arity: -3, Keys: session.OneKey, KeyUse: "RW access update variable_flags",
		Flags: "write denyoom", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key value [NX | XX | IFEQ comparison-value] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
		Summary: "Sets the value of a key, optionally under a condition and with an expiry.",
		Line:    []session.Form{{Min: 3, Max: 3, Key: 1, Syntax: "<key> <value>", Reply: "`OK`"}},
	},
}

// setOptions are the options of SET and GETEX.
type setOptions struct {
	nx, xx, get, keepTTL, persist bool
	ifEq                          int    // argument that holds the comparison value, 0: none
	expiry                        string // EX, PX, EXAT or PXAT, empty: none
	arg                           int    // the expiry argument
}

// optionSet is a set of options that a command accepts.
type optionSet uint8

const (
	setCommandOptions optionSet = iota
	getExOptions
)

// parseOptions reads the options from argument i on. It answers an error if their syntax is wrong.
func parseOptions(c *session.Call, i int, which optionSet) (o setOptions, ok bool) {
	for ; i < c.NArg(); i++ {
		more := i+1 < c.NArg()
		set := which == setCommandOptions
		switch {
		case set && c.Is(i, "NX") && !o.xx && o.ifEq == 0:
			o.nx = true
		case set && c.Is(i, "XX") && !o.nx && o.ifEq == 0:
			o.xx = true
		case set && c.Is(i, "IFEQ") && more && !o.nx && !o.xx && o.ifEq == 0:
			i++
			o.ifEq = i
		case set && c.Is(i, "GET"):
			o.get = true
		case set && c.Is(i, "KEEPTTL") && o.expiry == "":
			o.keepTTL = true
		case !set && c.Is(i, "PERSIST") && o.expiry == "":
			o.persist = true
		case more && !o.keepTTL && !o.persist && o.time(c, i):
			i++
			o.arg = i
		default:
			c.Error(reply.SyntaxError)
			return o, false
		}
	}
	return o, true
}

// time reads the kind of expiry from argument i. The same kind may be repeated, but
// not followed by another.
func (o *setOptions) time(c *session.Call, i int) bool {
	for _, kind := range [...]string{"EX", "PX", "EXAT", "PXAT"} {
		if c.Is(i, kind) && (o.expiry == "" || o.expiry == kind) {
			o.expiry = kind
			return true
		}
	}
	return false
}

// expireAt reads the expiry argument: a time in ms since the Unix epoch, 0 if there is none. It answers an error if the
// time is wrong.
func (o *setOptions) expireAt(c *session.Call) (at int64, ok bool) {
	switch o.expiry {
	case "EX":
		return expiryArg(c, o.arg, 1000, c.Now)
	case "PX":
		return expiryArg(c, o.arg, 1, c.Now)
	case "EXAT":
		return expiryArg(c, o.arg, 1000, 0)
	case "PXAT":
		return expiryArg(c, o.arg, 1, 0)
	}
	return 0, true
}

func cmdSet(c *session.Call) {
	if c.NArg() > 3 {
		cmdSetWith(c)
		return
	}
	s := c.Lock(c.KeyHash)
	defer c.Unlock(s)
	if c.Put(s, c.KeyHash, c.Arg(1), c.Arg(2), 0) {
		c.OK()
	}
}

// cmdSetWith is SET with options.
func cmdSetWith(c *session.Call) {
	o, ok := parseOptions(c, 3, setCommandOptions)
	if !ok {
		return
	}
	at, ok := o.expireAt(c)
	if !ok {
		return
	}
	key, value := c.Arg(1), c.Arg(2)
	s := c.Lock(c.KeyHash)
	defer c.Unlock(s)
	var e lru.Entry
	if o.get {
		e, ok = s.Get(c.KeyHash, key, c.Now)
	} else {
		e, ok = s.Peek(c.KeyHash, key, c.Now)
	}
	start := len(c.Out)
	if o.get {
		if ok {
			c.Value(key, s, e)
		} else {
			c.Missing()
		}
	}
	end := len(c.Out)
	if o.nx && ok || o.xx && !ok || o.ifEq != 0 && (!ok || !s.ValueEqual(e, c.Arg(o.ifEq))) {
		if !o.get {
			c.Missing()
		}
		return
	}
	if o.keepTTL && ok {
		at = s.Expiry(e)
	}
	if !c.Put(s, c.KeyHash, key, value, at) {
		c.Drop(start, end)
	} else if !o.get {
		c.OK()
	}
}
