/**
 * The one arithmetic of a model's shape: what its linear maps, activations and weights measure, in
 * elements and in bytes, and what a memory plan asks of it. Forecast, card fit, placement on a
 * device and the engine's passes read it here. Pure.
 */
package dev.plimsoll.model.shapes;
