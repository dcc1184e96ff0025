package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

import java.util.Map;
import java.util.Optional;

class SamplePropertiesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Property
    void anyBytesAreParsedOrRefused(@ForAll byte[] bytes) {
        assertThat(SampleParser.parse(bytes)).isNotNull();
    }

    @Property
    void whatWasWrittenIsRead(@ForAll String prompt, @ForAll String completion)
            throws JsonProcessingException {
        Assume.that(wellFormed(prompt) && wellFormed(completion) && !completion.isBlank());
        byte[] record = JSON.writeValueAsBytes(Map.of("prompt", prompt, "completion", completion));
        assertThat(SampleParser.parse(record))
                .isEqualTo(new ParsedSample.Completion(Optional.empty(), prompt, completion));
    }

    @Property
    void anIdTellsPlacesApartAndRepeatsItself(
            @ForAll String source,
            @ForAll @LongRange(min = 0) long position,
            @ForAll byte[] content) {
        String id = SampleIds.derive(source, position, content);
        assertThat(id)
                .matches("[0-9a-f]{32}")
                .isEqualTo(SampleIds.derive(source, position, content.clone()));
        assertThat(SampleIds.derive(source, position ^ 1, content)).isNotEqualTo(id);
        assertThat(SampleIds.derive(source + "x", position, content)).isNotEqualTo(id);
    }

    private static boolean wellFormed(String text) {
        return new String(text.getBytes(UTF_8), UTF_8).equals(text);
    }
}
