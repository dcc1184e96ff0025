package dev.plimsoll.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * What the overlays render to is what was looked at. After a change that is meant,
 * {@code -Dgolden.write} writes the files anew; the difference belongs to the change.
 */
class GoldenTest {

    static List<String> overlays() {
        return Manifests.overlays();
    }

    @BeforeAll
    static void onlyWithKubectl() {
        assumeTrue(Kubectl.isHere(), "kubectl is not on this machine");
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void anOverlayRendersToItsGoldenFile(String overlay) throws IOException {
        String rendered = Kubectl.kustomize(Manifests.OVERLAYS.resolve(overlay));
        if (System.getProperty("golden.write") != null) {
            Files.writeString(Manifests.golden(overlay), rendered);
        }
        // kustomize may change its order of fields; what it says must be the same
        assertThat(Manifests.parse(rendered)).isEqualTo(Manifests.ofOverlay(overlay));
    }
}
