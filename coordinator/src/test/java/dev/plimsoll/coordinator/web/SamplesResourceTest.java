package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.StepSettings;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;

/** What is refused before a body is read. */
class SamplesResourceTest {

    private final TestPlanner planner =
            new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 0, 7, 2, false), 1).worker("a");

    private Optional<String> refusal() {
        return SamplesResource.ended(PlannerView.of(planner.state).status())
                .map(SamplesResource.Refusal::error);
    }

    @Test
    void aRunTakesSamplesUntilItsSecondEpochBegins() {
        planner.samples(2);
        planner.ask(new Control.Finish("me"));
        assertThat(refusal()).isEmpty();
        planner.commit();
        assertThat(refusal())
                .hasValueSatisfying(is -> assertThat(is)
                        .contains("in a later epoch", "takes no samples", "another --prefix"));
        planner.commit();
        assertThat(refusal())
                .hasValueSatisfying(
                        is -> assertThat(is).startsWith("the run is finished and takes no"));
    }

    @Test
    void asManySamplesMayWaitAsTheSettingSaysAndNoMore() {
        assertThat(SamplesResource.full(50, 50)).isEmpty();
        assertThat(SamplesResource.full(51, 50))
                .contains("51 samples wait to be read and the most is 50 (http-unread-samples)");
    }
}
