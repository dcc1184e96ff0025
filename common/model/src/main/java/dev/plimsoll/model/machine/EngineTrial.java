package dev.plimsoll.model.machine;

import java.util.List;

/**
 * What the engine did on a device when it was tried, as a probe prints it for the command line.
 *
 * @param device cpu or cuda
 * @param precision in which it computed
 * @param attention the way that was put in front
 * @param fusedKernels whether the kernels were compiled on the device and gave the right results
 * @param fp8 whether fp8 weights are multiplied as they are
 * @param lossPerToken of the one micro-batch that was trained
 * @param warnings what the engine would write into its log
 */
public record EngineTrial(
        String device,
        String name,
        String precision,
        String attention,
        boolean fusedKernels,
        boolean fp8,
        double lossPerToken,
        List<String> warnings) {

    public EngineTrial {
        warnings = List.copyOf(warnings);
    }
}
