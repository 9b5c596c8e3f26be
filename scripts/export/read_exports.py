"""Loads exported versions with Keras, ONNX's checker and ONNX Runtime, and compares their answers with the server's.

    python read_exports.py CASES.json
"""
import json, os, sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras, numpy as np, onnx, onnxruntime

worst, failed = 1e-5, 0
for case in json.load(open(sys.argv[1])):
    pixels = np.array(case['pixels'], dtype=np.uint8).reshape(case['shape'])
    wanted = np.array(case['probabilities']).reshape(len(pixels), -1)
    net = keras.saving.load_model(case['base'] + '.keras')
    onnx.checker.check_model(onnx.load(case['base'] + '.onnx'), full_check=True)
    session = onnxruntime.InferenceSession(case['base'] + '.onnx')
    answers = {
        'Keras ' + keras.__version__: np.asarray(net(pixels.astype(np.float32))),
        'ONNX Runtime ' + onnxruntime.__version__: session.run(None, {'pixels': pixels})[0],
    }
    for library, answer in answers.items():
        difference = np.abs(answer - wanted).max()
        failed += difference > worst
        print(f"{'ok' if difference <= worst else 'FAILED'}  {case['base'].split('/')[-1]:16} {library:24} {difference:.1e}")
print(f'{"all alike" if failed == 0 else f"{failed} differ"}')
sys.exit(1 if failed else 0)
