// The test host loads this assembly as a library; run as a program, it is the application of the crash rig.
return await MixMq.EndToEnd.Tests.Crashes.RigApplication.RunAsync(args);
