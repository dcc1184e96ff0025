package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class ProcessUsageTest {

    @Test
    void readsThePeak() {
        List<String> status =
                List.of("Name:\tjava", "VmHWM:\t   217356 kB", "VmRSS:\t   180000 kB");

        assertThat(ProcessUsage.peakBytes(status)).contains(217_356L * 1024);
        assertThat(ProcessUsage.peakBytes(List.of("Name:\tjava"))).isEmpty();
    }

    @Test
    void addsTimesAndKeepsTheHigherPeak() {
        ProcessUsage first = new ProcessUsage(300, Duration.ofSeconds(2));
        ProcessUsage second = new ProcessUsage(200, Duration.ofSeconds(3));

        assertThat(first.then(second)).isEqualTo(new ProcessUsage(300, Duration.ofSeconds(5)));
    }
}
