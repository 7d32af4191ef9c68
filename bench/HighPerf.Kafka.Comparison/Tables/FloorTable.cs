using System.Diagnostics;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>What the same costs with the least work that a client must do: bench/Floor.</summary>
internal static class FloorTable
{
    public static void Print(Programs programs, int rounds, TextWriter output, params string[] loads)
    {
        output.WriteLine($"\n### The floor (bench/Floor), null broker, median of {rounds}\n\n```");
        foreach (string what in loads)
        {
            string[] arguments = [programs.Floor, .. what.Split(' '), "--broker", programs.NullBroker, "--rounds", $"{rounds}"];
            using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output.Write(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            errors.Wait();
        }

        output.WriteLine("```");
    }
}
