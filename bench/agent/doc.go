// Package agent makes load from several processes, on one machine or several, as if they were one: agents wait for a driver, which
// divides the connections and the rate among them, lets them begin each round at the same moment, and merges what they measured.
//
// A driver opens one TCP connection to each agent for each target. Messages are JSON, each after its length. Nothing is encrypted.
// Whoever may talk to an agent can make it load any server that it can reach, so an agent that listens on more than loopback wants
// a token.
package agent
