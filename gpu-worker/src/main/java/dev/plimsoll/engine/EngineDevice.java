package dev.plimsoll.engine;

/**
 * @param kind cpu or cuda
 * @param precision of weights and activations: fp32, fp64 or bf16
 * @param totalBytes of the card (or simulated card, or main memory)
 */
public record EngineDevice(
        String kind, int index, String name, String precision, long totalBytes) {}
