/**
 * How many workers would help a run: a pure function, which the coordinator tells an autoscaler.
 */
package dev.plimsoll.model.scaling;
