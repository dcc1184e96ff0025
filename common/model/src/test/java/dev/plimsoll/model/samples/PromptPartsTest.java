package dev.plimsoll.model.samples;

import static dev.plimsoll.model.samples.Parsed.assertRefused;
import static dev.plimsoll.model.samples.Parsed.lines;
import static dev.plimsoll.model.samples.Parsed.outcome;
import static dev.plimsoll.model.samples.Parsed.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.QuestionAnswer;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Optional;

/** No part of what is asked is dropped in silence. */
class PromptPartsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'question':'Who?','context':'Bob it was.','answer':'Bob'} | field context is given, and question and answer would be trained without it; say --map instruction=question --map output=answer for a conversation in which the user says both, write it into question, or leave it out
            {'question':'Who?','input':'Bob it was.','answer':'Bob'} | say --map instruction=question --map output=answer
            {'question':'Who?','passage':'Bob it was.','answer':'Bob'} | say --map instruction=question --map input=passage --map output=answer
            {'question':'Who?','document':'Bob it was.','answer':'Bob'} | field document is given
            {'question':'Who?','documents':'Bob it was.','answer':'Bob'} | field documents is a string
            {'instruction':'Be brief.','question':'Who?','answer':'Bob'} | say --map input=question --map output=answer
            {'question':'Who?','context':{'title':['t'],'text':['Bob it was.']},'answer':'Bob'} | would be trained without it; write it into question, or leave it out
            {'question':'Who?','passages':['Bob it was.'],'answer':'Bob'} | would be trained without it; write it into question, or leave it out
            {'question':'Who?','choices':['Ann','Bob'],'answer':'B'} | field choices is given
            {'question':'Who?','context':17,'answer':'Bob'} | field context is given
            {'question':'Who?','history':[['Hi','Ho']],'answer':'Bob'} | field history is given
            {'question':'Who?','context':'x','input':'y','answer':'Bob'} | fields context and input are given, and question and answer would be trained without them; write them into question, or leave them out
            {'prompt':'Summarise:','input':'Long.','completion':'S'} | field input is given, and prompt and completion would be trained without it; say --map instruction=prompt --map output=completion for a conversation
            {'prompt':'Summarise:','context':'Long.','completion':'S'} | field context is given
            {'prompt':'Summarise:','input':'i','completion':'S'} | field input is given
            {'prompt':'Long.','instruction':'Summarise:','completion':'S'} | say --map input=prompt --map output=completion
            {'prompt':[{'role':'user','content':'Who?'}],'context':'Bob it was.','completion':[{'role':'assistant','content':'Bob'}]} | prompt and completion would be trained without it; write it into prompt, or leave it out
            {'instruction':'i','input':'x','context':'y','output':'o'} | field context is given, and instruction, input and output would be trained without it; write it into input, or leave it out
            {'instruction':'i','passage':'y','output':'o'} | say --map input=passage, write it into instruction, or leave it out
            {'instruction':'i','input':'x','question':'y','output':'o'} | field question is given
            {'question':'q','context':'x','output':'o'} | say --map instruction=question, write it into
            {'instruction':'i','output':'o','response':'r'} | fields output and response are both given and differ
            """)
    void isRefusedByNameWithTheRemedy(String json, String note) {
        assertRefused(json, RejectionReason.BAD_FIELD, note);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'context':null",
                "'context':''",
                "'context':' '",
                "'context':[],'input':{}",
                "'context':true",
                "'source':'x'",
            })
    void mayBeEmpty(String more) {
        assertThat(outcome("{'question':'q','answer':'a'," + more + "}"))
                .isEqualTo(new QuestionAnswer(Optional.empty(), "q", "a"));
        assertThat(outcome("{'prompt':'p','completion':'c'," + more + "}"))
                .isEqualTo(new Completion(Optional.empty(), "p", "c"));
    }

    @Test
    void mayStandInThePromptAlready() {
        String pair = "{'prompt':'Bob was it.\\n\\nWho?','completion':'Bob','instruction':'Who?',";
        assertThat(outcome(pair + "'context':'Bob was it.\\n','options':['Bob','was']}"))
                .isEqualTo(new Completion(Optional.empty(), "Bob was it.\n\nWho?", "Bob"));
        assertRefused(pair + "'options':['Ann','Bob']}", RejectionReason.BAD_FIELD, "options");
        assertThat(lines("{'question':'Who?','system':'Bob was it.','context':'Bob was it.',"
                        + "'answer':'Bob'}"))
                .isEqualTo("system: Bob was it. / user: Who? / assistant*: Bob");
        assertThat(outcome("{'prompt':'问题:你好吗','completion':'c','input':'你好'}"))
                .isInstanceOf(Completion.class);
        assertRefused(
                "{'prompt':'p','completion':'c, and c','context':'c'}",
                RejectionReason.BAD_FIELD,
                "field context");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'instruction':'i','context':'x','response':'o'} | user: i\\nx / assistant*: o
            {'instruction':'i','input':'x','output':'o'} | user: i\\nx / assistant*: o
            {'instruction':'i','input':'','context':'y','output':'o'} | user: i\\ny / assistant*: o
            {'instruction':'i','input':'x','context':' ','output':'o'} | user: i\\nx / assistant*: o
            {'instruction':'i','input':'x','context':'x','output':'o','response':'o'} | user: i\\nx / assistant*: o
            {'instruction':'i','output':'','response':'r'} | user: i / assistant*: r
            {'instruction':'i','output':'o','response':''} | user: i / assistant*: o
            {'instruction':'i','output':'o','history':[['q','a']]} | user: q / assistant*: a / user: i / assistant*: o
            """)
    void isTakenWhereTheShapeHasIt(String json, String lines) {
        assertThat(lines(json)).isEqualTo(lines.replace("\\n", "\n"));
    }

    @Test
    void emptyFieldsAndHonouredSettingsAreNotCalledLeftAlone() {
        assertThat(read("{'question':'q','answer':'a','context':'','note':null,'train_on_inputs':"
                                + "false,'source':'x'}")
                        .leftAlone())
                .containsExactly("source");
    }
}
