package dev.plimsoll.sources.reading;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParseOutcome;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.sources.FieldMap;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.regex.Pattern;

/** Whoever follows a refusal's advice has the whole question trained. */
class MapAdviceTest {

    private static final Pattern MAP = Pattern.compile("--map (\\S+=[^\\s,;]+)");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'question':'Who?','context':'It was Bob.','answer':'Bob'}        | Who?/It was Bob.
            {'question':'Who?','input':'It was Bob.','answer':'Bob'}          | Who?/It was Bob.
            {'question':'Who?','passage':'It was Bob.','answer':'Bob'}        | Who?/It was Bob.
            {'instruction':'Be brief.','question':'Who?','answer':'Bob'}      | Be brief./Who?
            {'prompt':'Who?','context':'It was Bob.','completion':'Bob'}      | Who?/It was Bob.
            {'prompt':'Who?','document':'It was Bob.','completion':'Bob'}     | Who?/It was Bob.
            {'instruction':'Who?','article':'It was Bob.','output':'Bob'}     | Who?/It was Bob.
            {'question':'Who?','context':'It was Bob.','output':'Bob'}        | Who?/It was Bob.
            """)
    void trainsTheWholeQuestion(String json, String asked) {
        byte[] record = json.replace('\'', '"').getBytes(UTF_8);
        assertThat(SampleParser.parse(record)).isInstanceOf(SampleRefusal.class);
        List<String> pairs = MAP.matcher(((SampleRefusal) SampleParser.parse(record)).note())
                .results()
                .map(found -> found.group(1))
                .toList();
        ParseOutcome mapped = SampleParser.parse(FieldMap.of(pairs).apply(record));
        assertThat(mapped).isInstanceOf(Conversation.class);
        assertThat(((Conversation) mapped)
                        .messages().stream().map(Message::content).toList())
                .containsExactly(asked.replace('/', '\n'), "Bob");
    }
}
