// Package admin is a node's HTTP listener for operators: metrics for Prometheus, health for
// orchestrators, and a status page for people.
//
// It reads counters that the node keeps anyway, when somebody asks; nothing here is on the way of a
// cache request.
package admin
