using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>Where figures go: as text or one line of JSON to standard output; what is not in the JSON object to standard error.</summary>
internal sealed class ProduceReport(bool isJson, TextWriter output, TextWriter notes)
{
    /// <param name="failure">Why the first failed record failed.</param>
    public void Print(ProduceFigures figures, string? failure)
    {
        if (isJson)
        {
            WriteJson(figures.Write);
            figures.WriteNotes(notes);
        }
        else
        {
            figures.WriteText(output);
        }

        if (figures.Failed > 0)
        {
            notes.WriteLine($"{figures.Failed} of {figures.Settings.Records} records failed; the first: {failure}");
        }
    }

    public void Print(IdleFigures figures)
    {
        if (isJson)
        {
            WriteJson(figures.Write);
        }
        else
        {
            figures.WriteText(output);
        }
    }

    private void WriteJson(Action<Utf8JsonWriter> members)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(line.ToArray()));
    }
}
