using System.Text.Json;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>Where figures go: as text or one line of JSON to standard output; what is not in the JSON object to standard error.</summary>
internal sealed class ConsumeReport(bool isJson, TextWriter output, TextWriter notes)
{
    public void Print(ConsumeFigures figures) => Print(figures.Write, figures.WriteText, figures.WriteNotes);

    public void Print(IdleFigures figures) => Print(figures.Write, figures.WriteText, static _ => { });

    public void Print(RoundTripFigures figures) => Print(figures.Write, figures.WriteText, figures.WriteNotes);

    private void Print(Action<Utf8JsonWriter> json, Action<TextWriter> text, Action<TextWriter> rest)
    {
        if (!isJson)
        {
            text(output);
            return;
        }

        using MemoryStream line = new();
        using (Utf8JsonWriter writer = new(line))
        {
            writer.WriteStartObject();
            json(writer);
            writer.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(line.ToArray()));
        rest(notes);
    }
}
